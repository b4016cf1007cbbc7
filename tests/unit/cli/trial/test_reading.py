from collections import Counter

import pytest

from cli.trial.reading import Missing


def test_deployments_may_be_complete_before_pull_requests() -> None:
    missing = Missing(Counter({"pull requests": 7, "workflow runs": 1}))
    assert (missing.has_all_deployments, missing.is_enough_for_dora) == (True, False)


@pytest.mark.parametrize(
    ("kinds", "is_enough"),
    [
        ({"workflow runs": 1_200, "check suites of commits": 3}, True),
        ({"workflow runs": 1, "reviews of pull requests": 1}, False),
        ({"statuses of deployments": 1}, False),
    ],
)
def test_dora_needs_all_deployments_incidents_tags_and_changes(kinds: dict[str, int], is_enough: bool) -> None:  # noqa: FBT001
    assert Missing(Counter(kinds)).is_enough_for_dora == is_enough


def test_what_is_missing_is_listed_by_kind() -> None:
    assert (
        str(Missing(Counter({"workflow runs": 1_200, "tags": 0, "incidents": 2}))) == "1,200 workflow runs, 2 incidents"
    )
