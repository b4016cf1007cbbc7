"""What a report counts to say why a number is empty, and which services a sum would count twice."""

import pytest

from tests.unit.warehouse.scenarios import at, incident, report, requested, success
from warehouse.report.empty_reasons import DEPLOYMENTS, reasons
from warehouse.report.filters import Filter, apply
from warehouse.report.settings_model import RecordCount
from warehouse.report.totals import totals
from warehouse.services import parsed

SHOP = "octo-org/shop"
RECORDS = [requested(1, at(17), None), success(1, at(17), "a", first=True), success(2, at(18), "b")]


def services(**keys: list[str]) -> dict[str, object]:
    return {"repositories": [SHOP], **keys}


def test_records_are_counted_by_repository_and_metric() -> None:
    counts = report(*RECORDS, *incident(7, at(18))).record_counts
    assert counts == (
        RecordCount(SHOP, "deployment", 1),
        RecordCount(SHOP, "deployment-status", 2),
        RecordCount(SHOP, "incident", 1),
    )


@pytest.mark.parametrize(
    ("split", "shared"),
    [
        ({"paths": [["api/**"], ["web/**"]]}, (("api", "web"),)),
        ({"environments": [["production"], ["live"]]}, ()),
    ],
)
def test_services_that_only_paths_split_share_deployments(split: dict[str, list[list[str]]], shared: object) -> None:
    [(key, (one, other))] = split.items()
    settings = parsed({"services": {"api": services(**{key: one}), "web": services(**{key: other})}})
    found = report(*RECORDS, services=settings)
    assert found.shared_deployments == shared
    numbers = [number for total in totals(found) for number in total.numbers if number.environment == ""]
    assert {number.measure for number in numbers if number.measure == "deployment_frequency"} == set()


@pytest.mark.parametrize("service", ["", "us"])
def test_a_part_is_not_empty_by_the_deployments_of_another(service: str) -> None:
    split = {"eu": services(environments=["production"]), "us": services(environments=["production-us"])}
    found = apply(report(*RECORDS, services=parsed({"services": split})), Filter(service=service))
    [reason] = [reason for reason in reasons(found) if reason.about == DEPLOYMENTS]
    assert reason.services == ("us",)
    assert reason.cause.startswith("services.toml splits its repositories, and no deployment that succeeded")
