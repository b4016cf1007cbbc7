"""What must hold of every history, whatever its numbers are."""

import random
from collections import Counter

import pytest

from tests.histories.degrade import NEW_METRICS, degraded
from tests.histories.random_histories import History, combined, history
from tests.oracle import UNKNOWN, measures
from tests.oracle.items import KNOWN, Item, Key
from tests.oracle.measures import Measures

SEEDS = range(120)
NOTES = ("deployments_left_out", "incidents_exempt", "incidents_of_no_service")
SHARES = ("change_fail_rate", "deployment_rework_rate")


@pytest.fixture(scope="module")
def histories() -> list[History]:
    return [history(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def found(histories: list[History]) -> list[Measures]:
    return [measures(*one) for one in histories]


def test_a_seed_makes_the_same_history_again(histories: list[History]) -> None:
    assert [history(seed) for seed in SEEDS] == histories


def test_histories_have_records_of_both_schemas_and_all_kinds(histories: list[History]) -> None:
    records = [record for one in histories for record in one.records]
    counts = Counter((record["metric_signature"], record["schema"]) for record in records)
    metrics = {"deployment-status", "code-review-involvement", "incident", "release-versions", "workflow-job"}
    assert {metric for metric, _ in counts} >= metrics
    assert min(counts[metric, schema] for metric in metrics for schema in (1, 2)) > 10
    assert len({record["id"] for record in records}) == len(records)


def test_histories_reach_every_reason(found: list[Measures]) -> None:
    reasons = {answer.reason for one in found for items in one.values() for answer in items.values()}
    wanted = {"rolled back", "reverted", "revert", "hotfix", "incident", "fix", "closed", "failed attempt"}
    wanted |= {"the deployment before was deployed again", "it also brings older changes"}
    wanted |= {"which deployment fixed it is not known", "not recovered yet, as far as is known"}
    assert wanted - reasons == set()


def test_an_item_is_unknown_or_has_a_value(found: list[Measures]) -> None:
    answers = [answer for one in found for items in one.values() for answer in items.values()]
    assert all((answer.value is None) == (answer.certainty == UNKNOWN) for answer in answers)
    assert all(answer.value is None or answer.value >= 0 for answer in answers)


def test_shares_are_of_deployments_and_recoveries_of_failures(found: list[Measures]) -> None:
    for one in found:
        deployments, failures = set(one["deployment_frequency"]), one["change_fail_rate"]
        assert set(one["deployment_rework_rate"]) == deployments
        assert set(failures) >= deployments
        failed = {key for key, answer in failures.items() if answer.value == 1}
        assert {key for key in one["failed_deployment_recovery_time"] if key[1]} == {key for key in failed if key[1]}
        assert all(answer.value in (0, 1, None) for name in SHARES for answer in one[name].values())


def test_the_order_of_records_does_not_matter(histories: list[History], found: list[Measures]) -> None:
    for one, expected in zip(histories[:60], found, strict=False):
        shuffled = random.Random(1).sample(one.records, len(one.records))
        assert measures(shuffled, one.services) == expected


def test_records_that_arrive_twice_count_once(histories: list[History], found: list[Measures]) -> None:
    for one, expected in zip(histories[:20], found, strict=False):
        assert measures(one.records * 2, one.services) == expected


def test_histories_in_one_database_do_not_touch_each_other(histories: list[History], found: list[Measures]) -> None:
    together = measures(*combined(histories[:12]))
    for measure, items in together.items():
        assert items == {key: value for one in found[:12] for key, value in one[measure].items()}


@pytest.mark.parametrize("seed", range(300, 420, 2))
def test_records_of_schema_1_contradict_nothing_that_is_known(seed: int) -> None:
    # Without a limit of time: schema 1 cannot say that a sign names a deployment which is older than that.
    new = history(seed)
    services = {**new.services, "failure_hours": 24 * 365}
    for rule in new.services.get("repositories", {}).values():
        rule["failure_hours"] = 24 * 365
    old = [degraded(record) for record in new.records if record["metric_signature"] not in NEW_METRICS]
    before, after = measures(old, services), measures(new.records, services)
    wrong = {
        (measure, key): (answer, after[measure].get(key))
        for measure, items in before.items()
        for key, answer in items.items()
        if answer.certainty == KNOWN and _contradicts(answer, after[measure].get(key), measure, key)
    }
    assert wrong == {}


def _contradicts(old: Item, new: Item | None, measure: str, key: Key) -> bool:
    """Return whether an item that was known is another one now; a whole service may have more environments now."""
    if measure in NOTES or (key[1] == "" and measure in (*SHARES, "failed_deployment_recovery_time")):
        return False
    return new is not None and new.certainty == KNOWN and new.value != old.value
