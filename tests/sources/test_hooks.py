"""Law: what the file says of a hook is whole, or the file is refused with a pointer."""

import pytest

from orr.lib.errors import Invalid
from orr.sources.load import sources
from tests.sources.conftest import Configure

REPOSITORY = '[[hooks.a.repositories]]\nname = "acme/search"\nenvironment = "prod"\n'


@pytest.mark.parametrize(
    "toml",
    [
        '[hooks.a]\nkind = "github"\naccount = "bot"\n' + REPOSITORY,
        '[hooks.a]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\nsecret_file = "/x"\n' + REPOSITORY,
        '[hooks.a]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\n',
        '[hooks.a]\nkind = "github"\nsecret_env = "X"\n' + REPOSITORY,
        '[hooks.a]\nkind = "svn"\naccount = "bot"\nsecret_env = "X"\n' + REPOSITORY,
        '[hooks.a]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\nverify = "token"\n' + REPOSITORY,
        '[hooks.a]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\nsource = "no"\n' + REPOSITORY,
        '[sources.s]\nkind = "gitlab"\nurl = "https://x.example"\n'
        '[hooks.a]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\nsource = "s"\n' + REPOSITORY,
        '[hooks.a]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\n' + REPOSITORY + REPOSITORY.upper()
        .replace("HOOKS.A.REPOSITORIES", "hooks.a.repositories").replace("NAME", "name")
        .replace("ENVIRONMENT", "environment"),
        '[hooks.a]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\n' + REPOSITORY.replace("acme", ".."),
        '[hooks.a]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\n' + REPOSITORY + 'rehearse = "x"\n',
        '[hooks."A B"]\nkind = "github"\naccount = "bot"\nsecret_env = "X"\n',
    ],
)  # fmt: skip
def test_half_a_hook_refuses_the_file(configure: Configure, toml: str) -> None:
    configure(toml)
    with pytest.raises(Invalid) as refused:
        sources()
    assert refused.value.errors


def test_a_hook_is_read_with_its_secret(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "of the tests")
    configure('[hooks.a]\nkind = "gitlab"\naccount = "bot"\nsecret_env = "X"\n' + REPOSITORY)
    hook = sources().hooks["a"]
    assert (hook.key(), hook.verify) == ("of the tests", "token")
    assert "of the tests" not in repr(hook)
    found = hook.repository("ACME/Search")
    assert found is not None
    assert (found.item_name, found.kind, found.here("prod"), found.here("staging")) == (
        "search", "artifact", "prod", None,
    )  # fmt: skip
