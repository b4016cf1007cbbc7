"""Releases of several prefixes: each prefix is a line of releases."""

import pytest

from tests.unit.warehouse.scenarios import DAY, HOUR, at, pull_request, tag, values
from tests.unit.warehouse.scenarios import items as rows_of
from warehouse.services import parsed

RELEASES = parsed({"repositories": {"*/*": {"deployments": "releases", "branch": "main"}}})


def test_releases_of_each_prefix_are_a_line_of_their_own() -> None:
    tags = (
        tag("api/v1.0.0", at(2), prefix="api/v"),
        tag("web@1.0.0", at(3), prefix="web@"),
        tag("api/v1.1.0", at(5), prefix="api/v"),
        tag("api/1.2.0", at(6), prefix="api/"),
        tag("web@1.1.0", at(9), prefix="web@"),
    )
    day = DAY / HOUR
    assert values("release_cadence", *tags) == {
        "api/v1.0.0": None,
        "web@1.0.0": None,
        "api/v1.1.0": 3 * day,
        "api/1.2.0": day,
        "web@1.1.0": 6 * day,
    }
    environments = {row.item: row.environment for row in rows_of("deployment_frequency", *tags, services=RELEASES)}
    assert environments == {
        "api/v1.0.0": "production (api/)",
        "api/v1.1.0": "production (api/)",
        "api/1.2.0": "production (api/)",
        "web@1.0.0": "production (web@)",
        "web@1.1.0": "production (web@)",
    }


def test_what_a_release_of_several_lines_contains_is_unknown() -> None:
    tags = (tag("v1.0.0", at(2)), tag("v1.1.0", at(5)), tag("api/v0.1.0", at(6), prefix="api/v"))
    merged = pull_request(3, at(3, "08:00"), at(3, "12:00"), "m", [at(3, "06:00")])
    unknown = "which line of releases its changes belong to is not known"
    rows = rows_of("change_lead_time", *tags, *merged, services=RELEASES)
    assert {row.item: (row.value, row.why) for row in rows} == {
        f"of {name}": (None, unknown) for name in ("v1.0.0", "v1.1.0", "api/v0.1.0")
    }
    assert values("change_fail_rate", *tags, *merged, services=RELEASES) == {
        "v1.0.0": None,
        "v1.1.0": 0,
        "api/v0.1.0": 0,
    }


@pytest.mark.parametrize(
    ("prefix", "names"), [("release-", ("release-1.0.0", "release-1.1.0")), ("", ("v1.0.0", "1.1.0"))]
)
def test_a_repository_with_one_line_of_releases_deploys_to_production(prefix: str, names: tuple[str, str]) -> None:
    tags = [tag(name, at(2 + 3 * number), prefix=prefix) for number, name in enumerate(names)]
    merged = pull_request(3, at(3, "08:00"), at(3, "12:00"), "m", [at(3, "00:00")])
    rows = rows_of("deployment_frequency", *tags, *merged, services=RELEASES)
    assert {row.environment for row in rows} == {"production"}
    assert values("change_lead_time", *tags, *merged, services=RELEASES) == {
        f"of {names[0]}": None,
        f"1003-{at(3, '12:00')}#1": 48,
    }
