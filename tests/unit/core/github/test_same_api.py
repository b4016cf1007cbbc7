import pytest

from core.github.same_api import resolve_url

API = "https://github.example.com/api/v3"
SOURCE = f"{API}/repos/o/r/pulls?per_page=100"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"{API}/repositories/1/pulls?page=2", f"{API}/repositories/1/pulls?page=2"),
        ("/api/v3/repositories/1/pulls?page=2", f"{API}/repositories/1/pulls?page=2"),
        ("?page=2", f"{API}/repos/o/r/pulls?page=2"),
        ("https://GITHUB.example.com:443/api/v3/x", "https://GITHUB.example.com:443/api/v3/x"),
        ("/api/v3", None),
        ("/api/v4/x", None),
        ("/api/v3/../../login", None),
        ("https://github.example.com:8443/api/v3/x", None),
        ("http://github.example.com/api/v3/x", None),
        ("https://evil.example/api/v3/x", None),
        ("https://a@github.example.com/api/v3/x", None),
        ("/api/v3/x\nHost: evil", None),
        ("https://github.example.com:port/api/v3/x", None),
    ],
)
def test_only_what_is_below_our_api_is_resolved(target: str, expected: str | None) -> None:
    assert resolve_url(API, SOURCE, target) == expected


def test_an_api_at_the_root_of_its_host_has_every_path() -> None:
    assert resolve_url("https://api.github.com", "https://api.github.com/x", "/y") == "https://api.github.com/y"
