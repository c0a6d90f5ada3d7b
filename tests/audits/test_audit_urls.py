"""URLs have one normal form, and what are two pages stay two."""

import pytest

from mcc_cli.audits.text.urls import host_of, is_local, normal, rebased

pytestmark = pytest.mark.unit

SAME = {
    "HTTPS://Example.COM": "https://example.com/",
    "https://example.com:443/a": "https://example.com/a",
    "http://example.com:80": "http://example.com/",
    "https://example.com:8443/a": "https://example.com:8443/a",
    "https://example.com/a#top": "https://example.com/a",
    "https://example.com/a/": "https://example.com/a/",
    "https://example.com/A?B=c": "https://example.com/A?B=c",
    "https://example.com/%c3%bcber": "https://example.com/%C3%BCber",
    "https://example.com/über weg?q=ö": "https://example.com/%C3%BCber%20weg?q=%C3%B6",
    "https://bücher.example/": "https://xn--bcher-kva.example/",
    "https://example.com./a": "https://example.com/a",
    " https://example.com/a\n": "https://example.com/a",
    "https://user:pw@example.com/a": "https://example.com/a",
    "https://[2001:DB8::1]:443/a": "https://[2001:db8::1]/a",
    "https://example.com/?utm_source=x&b=1&gclid=2": "https://example.com/?b=1",
    "https://example.com/?b=1&a=2&utm": "https://example.com/?b=1&a=2&utm",
    "https://example.com/?utm_source=x": "https://example.com/",
}
NONE = (
    "",
    "example.com",
    "mailto:a@b.c",
    "ftp://x/",
    "https://",
    "http://[::1",
    "https://x:99999/",
    "https://no host/",
    "https://no\u00a0host/",
)


@pytest.mark.parametrize("url", SAME)
def test_the_normal_form(url):
    assert normal(url) == SAME[url]
    assert normal(normal(url)) == normal(url)


@pytest.mark.parametrize("url", NONE)
def test_what_is_no_page_has_none(url):
    with pytest.raises(ValueError, match=r".*"):
        normal(url)


@pytest.mark.parametrize(
    "host", ["localhost:3000", "127.0.0.1", "[::1]:80", "0.0.0.0:8", "mac.local"]
)
def test_the_machine_itself_is_local(host):
    assert is_local(normal(f"http://{host}/a"))


def test_a_base_url_takes_the_place_of_a_host():
    assert rebased("http://localhost:3000/a?b=1", "https://x.example") == "https://x.example/a?b=1"
    assert rebased("pricing", "https://x.example/en/") == "https://x.example/en/pricing"
    assert host_of(normal("https://X.example:8443/a")) == "x.example:8443"
