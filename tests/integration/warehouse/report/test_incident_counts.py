"""Beside the change fail rate stand the incidents that no failure can be about."""

import pytest

from tests.unit.warehouse.scenarios import RecordSpec, at, commit, incident, incident_state, report, success
from warehouse.report import as_markdown, as_text
from warehouse.report.filters import Filter, apply, for_repository
from warehouse.report.model import IncidentCount, Report
from warehouse.services import parsed

SHOP, CART = ({"repo": f"octo-org/{name}", "repository_id": id} for id, name in enumerate(("shop", "cart"), 1))
CENTRAL = {"repo": "octo-org/incidents", "repository_id": 9}
SERVICES = parsed(
    {
        "services": {
            "checkout": {"repositories": ["octo-org/shop"], "incidents": ["octo-org/incidents"]},
            "cart": {"repositories": ["octo-org/cart"], "incidents": ["octo-org/incidents"]},
        }
    }
)
DEPLOYED: list[RecordSpec] = [
    success(1, at(9), "a", first=True, **SHOP),
    success(2, at(17), "b", commit("b", at(16)), before="a", **SHOP),
    success(3, at(17), "c", first=True, **CART),
]


def weeks(*records: RecordSpec, now: int = at(26)) -> Report:
    return apply(report(*DEPLOYED, *records, services=SERVICES, now=now), Filter(kind="week"))


def test_an_incident_that_names_no_service_is_beside_the_rate_of_each() -> None:
    result = weeks(*incident(7, at(18), at(19), **CENTRAL), *incident(8, at(18, "05:00"), at(19), **CENTRAL))
    assert result.incident_counts == (
        IncidentCount("cart", "week", "2026-W47", 2, 0),
        IncidentCount("checkout", "week", "2026-W47", 2, 0),
    )
    output = as_markdown.render(result)
    rates = [line for line in output.splitlines() if line.startswith("| Change fail rate |")]
    assert sum(line.count("known; + 2 incidents that name no service |") for line in rates) == 2
    assert "+ 2 incidents that name no service" in as_text.render(result, 200)


def test_an_incident_of_another_period_is_not_beside_this_rate() -> None:
    result = weeks(*incident(7, at(10), at(11), **CENTRAL))
    assert [count.period for count in result.incident_counts] == ["2026-W46", "2026-W46"]
    assert "name no service" not in as_markdown.render(result)


def test_an_incident_that_names_a_service_is_not_counted() -> None:
    named = incident_state(7, "opened", at(18), at(18), all_labels=["incident", "service:checkout"], **CENTRAL)
    assert weeks(named).incident_counts == ()


def test_an_exempt_incident_is_counted_for_its_service() -> None:
    exempt = incident_state(7, "opened", at(18), at(18), all_labels=["incident", "Not-a-deployment"], **SHOP)
    result = weeks(exempt)
    assert result.incident_counts == (IncidentCount("checkout", "week", "2026-W47", 0, 1),)
    assert "known; 1 incident taken out by a label |" in as_markdown.render(result)


@pytest.mark.parametrize("state", ["deleted", "closed"])
def test_a_withdrawn_incident_is_not_counted(state: str) -> None:
    records = incident(7, at(18), **CENTRAL)
    reason = {"state_reason": "not_planned", "closed_at": at(19)} if state == "closed" else {}
    assert weeks(*records, incident_state(7, state, at(19), at(18), **reason, **CENTRAL)).incident_counts == ()


def test_counts_follow_the_filters_of_a_report() -> None:
    full = report(*DEPLOYED, *incident(7, at(18), at(19), **CENTRAL), services=SERVICES, now=at(26))
    assert {count.kind for count in full.incident_counts} == {"week", "month", "quarter"}
    one = apply(full, Filter(service="cart", kind="month"))
    assert one.incident_counts == (IncidentCount("cart", "month", "2026-11", 1, 0),)
    page = for_repository(apply(full, Filter(repository="octo-org/cart", kind="week")), "octo-org/cart")
    assert page.incident_counts == (IncidentCount("octo-org/cart", "week", "2026-W47", 1, 0),)
