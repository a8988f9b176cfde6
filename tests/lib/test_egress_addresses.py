"""Law: only public unicast addresses are called, in their canonical spelling; inside ones only when said."""

import pytest

from orr.lib.egress import INTERNAL, PUBLIC, EgressRefused, check

REFUSED_ALWAYS = [
    "http://0.0.0.0/",
    "http://169.254.169.254/",
    "http://192.0.0.192/",
    "http://192.0.0.8/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://198.19.255.255/",
    "http://203.0.113.9/",
    "http://224.0.0.1/",
    "http://239.255.255.255/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::1]/",
    "http://[100::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:53aa:64c::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/",
    "http://[fe80::1%25eth0]/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://127.0.0.1./",
    "http://127.0.0.01/",
    "http://1/",
    "http://0/",
    "http://a.0x7f/",
    "http://99999999999/",
    "http://1.2.3.4.5/",
    "http://user@example.org/",
    "http://user:pass@example.org/",
    "http://@example.org/",
    "http://exa%6dple.org/",
    "http://１２７.0.0.1/",
    "http://ⓔxample.org/",
    "http://example.org\\@127.0.0.1/",
    "http://-bad.org/",
    "http://a..b/",
    "http:///path",
    "http://:80/",
    "http://example.org:0/",
    "http://example.org:65536/",
    "http://example.org:+80/",
    "http://example.org:/",
    "http:example.org",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "//example.org/",
    "http://[::1",
    "http://::1/",
    "http://[v1.x]/",
    "data:text/plain,x",
]
INSIDE = [
    "http://127.0.0.1/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.127.255.254/",
    "http://[::1]/",
    "http://[fd00::5]/",
    "http://[fc00::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:7f00:1]/",
]
PUBLIC_ONES = [
    "http://93.184.215.14/",
    "https://128.0.0.1:8443/x?y#z",
    "http://172.32.0.1/",
    "http://100.128.0.1/",
    "http://192.0.1.1/",
    "https://[2606:4700:4700::1111]/",
    "https://[2001:4860:4860::8888]:8443/",
    "HTTPS://1.1.1.1",
]


def nobody(_host: str) -> list[str]:
    raise AssertionError("an address needs no look-up")


@pytest.mark.parametrize("url", REFUSED_ALWAYS)
def test_never_called_whoever_asks(url: str) -> None:
    for allow in (PUBLIC, INTERNAL):
        with pytest.raises(EgressRefused):
            check(url, allow=allow, resolve=nobody)


@pytest.mark.parametrize("blank", ["http://a b.org/", "http://a.org/\r\nX: y", "\thttp://a.org/", ""])
def test_blanks_and_line_ends_are_no_url(blank: str) -> None:
    with pytest.raises(EgressRefused):
        check(blank, resolve=lambda _host: ["93.184.215.14"])


@pytest.mark.parametrize("url", INSIDE)
def test_inside_only_when_said(url: str) -> None:
    with pytest.raises(EgressRefused) as refused:
        check(url, resolve=nobody)
    assert "internal = true" in str(refused.value)
    assert check(url, allow=INTERNAL, resolve=nobody).addresses


@pytest.mark.parametrize("url", PUBLIC_ONES)
def test_public_is_called(url: str) -> None:
    target = check(url, resolve=nobody)
    assert target.addresses == (target.host,)


def test_there_are_enough_forms() -> None:
    assert len(REFUSED_ALWAYS) + len(INSIDE) >= 60


@pytest.mark.parametrize(
    "answers",
    [["169.254.169.254"], ["93.184.215.14", "fd00::5"], ["10.0.0.1"], ["64:ff9b::a00:1"], [], ["nonsense"],
     ["fe80::1%eth0"], ["93.184.215.14", "127.0.0.1"]],
)  # fmt: skip
def test_one_bad_answer_refuses_the_name(answers: list[str]) -> None:
    with pytest.raises(EgressRefused):
        check("https://hooks.example.org/x", resolve=lambda _host: answers)


def test_a_name_is_resolved_once_and_all_its_addresses_kept() -> None:
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["93.184.215.14", "2606:4700:4700::1111"]

    target = check("https://Hooks.Example.org:8443/a?b=1#frag", resolve=resolve)
    assert asked == ["hooks.example.org"]
    assert target.addresses == ("93.184.215.14", "2606:4700:4700::1111")
    assert (target.host, target.port, target.path) == ("hooks.example.org", 8443, "/a?b=1")
