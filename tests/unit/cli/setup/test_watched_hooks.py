from typing import Any

import pytest

from cli.setup.watched_hooks import with_owner, without_owner
from tests.builders import settings


@pytest.mark.parametrize(
    ("options", "owner", "expected"),
    [
        ({}, "octo-org", "octo-org"),
        ({"watched_hooks": "octo-org"}, "acme/hello", "octo-org,acme/hello"),
        ({"watched_hooks": "Octo-Org"}, "octo-org", "Octo-Org"),
        ({"watched_repositories": "octo-org/a,acme/b"}, "octo-org/a", ""),
        ({"watched_repositories": "octo-org/a,acme/b"}, "octo-org/c", "octo-org/a,acme/b,octo-org/c"),
        ({"watched_repositories": "octo-org/a,acme/b"}, "octo-org", "acme/b,octo-org"),
        ({"watched_hooks": "octo-org/own"}, "octo-org", "octo-org/own,octo-org"),
        ({"watched_hooks": "octo-org/a,octo-org/own,octo-orgs/a"}, "Octo-Org", "octo-org/own,octo-orgs/a,Octo-Org"),
        ({"github_app_id": "12345"}, "octo-org", "@app,octo-org"),
    ],
)
def test_an_added_owner_is_watched_beside_those_of_before(options: dict[str, Any], owner: str, expected: str) -> None:
    assert with_owner(settings(**options), owner, lambda name: name.endswith("/own")) == expected


def test_a_second_organisation_covers_its_repositories_too() -> None:
    first = with_owner(settings(watched_repositories="octo-org/a,acme/b"), "octo-org", lambda _: False)
    second = with_owner(
        settings(watched_repositories="octo-org/a,acme/b", watched_hooks=first), "acme", lambda _: False
    )
    assert (first, second) == ("acme/b,octo-org", "octo-org,acme")


def test_a_removed_owner_is_no_longer_watched() -> None:
    assert without_owner(settings(watched_hooks="@app,Octo-Org,acme/b"), "octo-org") == "@app,acme/b"
    assert without_owner(settings(watched_hooks="octo-org"), "octo-org") == ""
