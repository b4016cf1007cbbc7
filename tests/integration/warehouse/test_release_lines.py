"""Releases of several prefixes: each prefix is a line of releases."""

import pytest

from core.metrics._comparison import Change, Changes
from core.metrics._previous_release import PreviousRelease
from tests.unit.warehouse.scenarios import DAY, HOUR, RecordSpec, at, commit, merged_database, pull_request, tag, values
from tests.unit.warehouse.scenarios import items as rows_of
from warehouse import views
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


def test_a_release_of_several_lines_contains_what_its_own_line_got() -> None:
    # 3 came with v1.1.0, and not with the line api/, whose second release brings what was merged since its first one.
    tags = (
        tag("v1.0.0", at(2)),
        tag("v1.1.0", at(5), previous="v1.0.0"),
        tag("api/v0.1.0", at(6), prefix="api/v"),
        tag("api/v0.2.0", at(7), prefix="api/v", previous="api/v0.1.0"),
    )
    merged = pull_request(3, at(3, "08:00"), at(3, "12:00"), "m", [at(3, "00:00")])
    assert values("change_lead_time", *tags, *merged, services=RELEASES) == {
        "of v1.0.0": None,
        f"1003-{at(3, '12:00')}#1": 48,
        "of api/v0.1.0": None,
    }


def test_what_a_release_without_a_previous_one_contains_is_unknown() -> None:
    # The records do not say which release came before v1.1.0: the last one of the records may be of another line.
    merged = pull_request(3, at(3, "08:00"), at(3, "12:00"), "m", [at(3, "06:00")])
    found = values("change_lead_time", tag("v1.0.0", at(2)), tag("v1.1.0", at(5)), *merged, services=RELEASES)
    assert found == {"of v1.0.0": None, "of v1.1.0": None}


@pytest.mark.parametrize(
    ("prefix", "names"), [("release-", ("release-1.0.0", "release-1.1.0")), ("", ("v1.0.0", "1.1.0"))]
)
def test_a_repository_with_one_line_of_releases_deploys_to_production(prefix: str, names: tuple[str, str]) -> None:
    tags = [tag(names[0], at(2), prefix=prefix), tag(names[1], at(5), prefix=prefix, previous=names[0])]
    merged = pull_request(3, at(3, "08:00"), at(3, "12:00"), "m", [at(3, "00:00")])
    rows = rows_of("deployment_frequency", *tags, *merged, services=RELEASES)
    assert {row.environment for row in rows} == {"production"}
    assert values("change_lead_time", *tags, *merged, services=RELEASES) == {
        f"of {names[0]}": None,
        f"1003-{at(3, '12:00')}#1": 48,
    }


def test_a_backport_brings_what_its_own_line_got() -> None:
    # v1.9.5 is tagged after v2.0.0. It brings the pull request that its comparison with v1.9.4 lists, not what was merged to
    # main; a commit without a pull request is no change of a release. v2.2.0, whose comparison was not read, brings what was
    # merged to main since v2.1.0: nothing.
    previous = PreviousRelease("v1.9.4", "s0", at(1))
    listed = [commit("b", at(4, "11:00"), number=4), commit("direct", at(4, "11:30"))]
    compared = _compared(tag("v1.9.5", at(4, "12:00")), previous, listed)
    backport = pull_request(4, at(4, "10:30"), at(4, "11:00"), "b", [at(4, "10:00")], base="release-1")
    first = _compared(tag("v2.0.0", at(2)), None, None)
    merged = pull_request(3, at(3, "08:00"), at(3, "12:00"), "m", [at(3, "00:00")])
    later = _compared(
        tag("v2.1.0", at(5)), PreviousRelease("v2.0.0", "s1", at(2)), [commit("m", at(3, "12:00"), number=3)]
    )
    unread = _compared(tag("v2.2.0", at(6)), PreviousRelease("v2.1.0", "m", at(3)), None)
    assert values("change_lead_time", first, compared, *backport, *merged, later, unread, services=RELEASES) == {
        "of v2.0.0": None,
        f"1004-{at(4, '11:00')}#1": 2,
        f"1003-{at(3, '12:00')}#1": 48,
    }


def _compared(release: RecordSpec, previous: PreviousRelease | None, commits: list[Change] | None) -> RecordSpec:
    changes = None if commits is None else Changes(commits, truncated=False)
    return release._replace(output=release.output._replace(sha="s", previous=previous, changes=changes))


def test_releases_of_the_same_time_have_one_order() -> None:
    tags = [tag(f"v1.{number}.0", at(2)) for number in range(5)]
    with merged_database(tags) as connection:
        views.create(connection, RELEASES)
        found = connection.execute("SELECT deployment FROM attempts ORDER BY deployed_at, ordinal").fetchall()
        [(ordinals,)] = connection.execute("SELECT count(DISTINCT ordinal) FROM attempts").fetchall()
    assert (ordinals, [name for (name,) in found]) == (5, [f"v1.{number}.0" for number in range(5)])
