"""Law: a sources file is read whole or refused whole, with a pointer to what is wrong."""

import pytest

from orr.lib.errors import Invalid
from orr.sources.items import OtherItem, PrometheusItem
from orr.sources.load import sources, split_target
from tests.sources.conftest import Configure

GOOD = """
[sources.metrics]
kind = "prometheus"
url = "http://127.0.0.1:9090"
internal = true
link = "https://grafana.example.org/d/x?from={from}&to={to}"
[sources.hub]
kind = "webhook"
url = "https://hooks.example.org/"
options = { idempotent = true }
[items."G1.1"]
source = "metrics"
metric = "ingest_seconds"
selector = 'job="plant"'
window = "30m"
measured_on = "candidate"
[items."G7.2"]
source = "hub"
route = "approval"
"""


def test_no_file_is_no_source(configure: Configure) -> None:
    configure("").unlink()
    assert sources().by_name == {}
    assert sources().item("G1.1") is None


def test_a_file_is_read(configure: Configure) -> None:
    configure(GOOD)
    found = sources()
    metrics = found.get("metrics")
    assert metrics is not None
    assert (metrics.kind, metrics.internal, metrics.secret) == ("prometheus", True, None)
    item = found.item("G1.1")
    assert item is not None
    assert isinstance(item.settings, PrometheusItem)
    assert (item.source, item.settings.window, item.settings.measured_on) == (metrics, 1800, "candidate")
    other = found.item("G7.2")
    assert other is not None
    assert isinstance(other.settings, OtherItem)
    assert found.get("nobody") is None


def test_a_changed_file_is_read_again(configure: Configure) -> None:
    configure(GOOD)
    assert sources().get("hub")
    configure('[sources.only]\nkind = "oci"\nurl = "https://registry.example.org"\n')
    assert sorted(sources().by_name) == ["only"]


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('kind = "prometheus"', 'kind = "prometheus"\nflavour = "x"', "/sources/metrics/flavour"),
        ('kind = "prometheus"\n', "", "/sources/metrics/kind"),
        ('metric = "ingest_seconds"', 'metric = "up or vector(1)"', "/metric"),
        ('window = "30m"', 'window = "soon"', "/window"),
        ('source = "hub"', 'source = "nowhere"', "/"),
        ("selector = 'job=\"plant\"'", "selector = 'a=\"b\"} or vector(1'", "/selector"),
        ('link = "https://grafana', 'link = "javascript:grafana', "/sources/metrics/link"),
        ('"http://127.0.0.1:9090"', '"http://u:secret@127.0.0.1:9090"', "/sources/metrics"),
        ('"http://127.0.0.1:9090"', '"postgresql://u@h/db?password=u:secret"', "/sources/metrics"),
        ('"http://127.0.0.1:9090"', '"http://127.0.0.1:99999"', "/sources/metrics"),
        ("[sources.metrics]", "[sources.metrics", "/"),
        ('[items."G7.2"]', '[items."G9.9"]', "/"),
    ],
)
def test_what_is_wrong_is_pointed_at(configure: Configure, before: str, after: str, where: str) -> None:
    assert before in GOOD
    configure(GOOD.replace(before, after, 1))
    with pytest.raises(Invalid) as refused:
        sources()
    assert where in [one.pointer for one in refused.value.errors]
    assert "sources.toml" in str(refused.value)
    assert "u:secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("target", "name", "rest"),
    [
        ("metrics:a/b", "metrics", "a/b"),
        ("hub/flags:cache", "hub", "flags:cache"),
        ("hub", "hub", ""),
        ("nobody/x:y", None, "nobody/x:y"),
        (":x", None, ":x"),
        ("", None, ""),
    ],
)
def test_a_target_begins_with_its_source(
    configure: Configure, target: str, name: str | None, rest: str
) -> None:
    configure(GOOD)
    found, left = split_target(target)
    assert (found.name if found else None, left) == (name, rest)
