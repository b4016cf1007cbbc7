from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from warehouse.services import values

CANNOT_MATCH = [
    (values.RepositoryGlob, "octo org/shop", "must match"),
    (values.RepositoryGlob, "o/{a,b}", "must match|cannot match: names of repositories have letters, digits"),
    (values.RepositoryGlob, "octo-org/shop.git", 'cannot match: write "octo-org/shop"'),
    (values.PathGlob, "./api/**", 'cannot match: .*; write "api/\\*\\*"'),
    (values.PathGlob, "api/", 'cannot match: .*; write "api/\\*\\*"'),
    (values.PathGlob, "/", 'cannot match: .*; write "\\*\\*"'),
    (values.PathGlob, "api//v1/*", 'cannot match: .*; write "api/v1/\\*"'),
    (values.PathGlob, "api\\v1\\**", 'cannot match: write "api/v1/\\*\\*"'),
    (values.PathGlob, "../api/**", "no path contains"),
    (values.PathGlob, "!docs/**", "globs have no negation"),
    (values.RefGlob, "refs/heads/main", 'cannot match: write "main"'),
    (values.RefGlob, "refs/tags/v*", 'cannot match: write "v\\*"'),
    (values.RefGlob, "release/", 'cannot match: write "release", or "release/\\*\\*" for all below it'),
    (values.RefGlob, "my branch", "no branch or tag has such a name"),
    (values.RefGlob, "a..b", "no branch or tag has such a name"),
    (values.RefGlob, "~main", "no branch or tag has such a name"),
    (values.RefGlob, "!main", "globs have no negation"),
    (values.RefGlob, "", "at least 1 character"),
    (values.NameGlob, " prod", 'cannot match: write "prod" without spaces around it'),
    (values.NameGlob, "!prod", 'globs have no negation; .*write "\\[!\\]prod"'),
    (values.NameGlob, "x" * 256, "at most 255 characters"),
    (values.Instant, "2026-11-20T17:00:00", "is no time of this century with its offset from UTC"),
    (values.Instant, "yesterday", "is no time of this century with its offset from UTC"),
    (values.Instant, "0001-01-01T00:00:00Z", "is no time of this century with its offset from UTC"),
    (values.Zone, "berlin", 'is no IANA name of a time zone; write "Europe/Berlin"'),
    (values.Zone, "europe/berlin", 'is no IANA name of a time zone; write "Europe/Berlin"'),
    (values.Zone, "New York", 'is no IANA name of a time zone; write "America/New_York"'),
    (values.Zone, "UTC+2", "is no IANA name of a time zone"),
    (values.Zone, "localtime", "is no IANA name of a time zone"),
    (values.Zone, "Factory", "is no IANA name of a time zone"),
    (values.Zone, "../etc/passwd", "is no IANA name of a time zone"),
    (values.Zone, "", 'is no IANA name of a time zone, such as "Europe/Berlin" or "UTC"'),
    (values.Pattern, "(?=prod)", "is no regular expression of RE2"),
    (values.Hours, 0, "greater than or equal to 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "message"), CANNOT_MATCH, ids=[str(value)[:20] for _, value, _ in CANNOT_MATCH]
)
def test_a_value_without_effect_says_what_to_write(kind: Any, value: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("must match", "should match")) as raised:
        TypeAdapter(kind).validate_python(value)
    assert raised.value.error_count() == 1


VALID = [
    (values.RepositoryGlob, ["octo-org/shop", "*/*", "octo-org/cart-*", "o/.github", "acme_corp/[a-c]?", "o/*.js"]),
    (values.PathGlob, ["**", "api/**", "*.md", "**/*.tf", "a b/c", "docs/v[0-9]+/**", ".github/**", "a..b/c"]),
    (
        values.RefGlob,
        ["main", "v*", "release/**", "api/v[0-9]+.[0-9]+", "@scope/pkg@*", "refs/pull/*/merge", "feature#1"],
    ),
    (
        values.NameGlob,
        ["CI/CD", "Deploy [prod]", "Production \N{EN DASH} shop", "deploy (eu, 3.11)", "*prod*", "dependabot[bot]"],
    ),
    (values.Zone, ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "CET"]),
]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, items in VALID for value in items])
def test_a_value_that_can_match_is_kept(kind: Any, value: object) -> None:
    assert TypeAdapter(kind).validate_python(value) == value


def test_a_machine_without_time_zones_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "available_timezones", lambda: {"localtime"})
    with pytest.raises(ValueError, match="no time zone database: install the package `tzdata`"):
        values.valid_zone("UTC")
