from core.github.webhooks import Delivery
from core.ledger import Day, Missing, day, update_day
from core.receipts import Receipt

WANTED = frozenset({"check_suite", "create"})
STORED = Receipt("stored", "webhook")


def delivery(id: int, guid: str, status: int, event: str = "check_suite") -> Delivery:
    return Delivery(id, guid, event, status, 0)


def test_each_event_is_counted_once_however_often_it_was_attempted() -> None:
    attempts = [delivery(1, "a", 503), delivery(2, "a", 202), delivery(3, "b", 202), delivery(4, "b", 202)]
    result = day(attempts, {"a": STORED, "b": STORED}, WANTED, {})
    assert result == Day(sent=2, ignored=0, accepted=2, stored=2, recovered=0, failed=0, missing=())


def test_what_no_metric_wants_is_ignored_and_never_missing() -> None:
    attempts = [delivery(1, "a", 200), delivery(2, "b", 503, "star"), delivery(3, "c", 200, "ping")]
    assert day(attempts, {}, WANTED, {}) == Day(3, 3, 0, 0, 0, 0, ())


def test_what_was_recovered_and_what_can_never_be_processed_is_stored() -> None:
    attempts = [delivery(1, "a", 503), delivery(2, "b", 202)]
    receipts = {"a": Receipt("stored", "recovery"), "b": Receipt("failed", "webhook", "poison")}
    assert day(attempts, receipts, WANTED, {}) == Day(2, 0, 1, 2, 1, 1, ())


def test_what_is_missing_is_named_with_the_fault_that_caused_it() -> None:
    attempts = [
        delivery(1, "waits", 202),
        delivery(2, "refused", 503),
        delivery(3, "refused", 504),
        delivery(4, "unanswered", 0),
        delivery(5, "gone", 500),
        delivery(6, "ignored once and accepted once", 200),
        delivery(7, "ignored once and accepted once", 202),
    ]
    result = day(attempts, {}, WANTED, {"gone": "lost: GET /deliveries/5: 404"})
    waits = "accepted, and no receipt yet: it waits in the queue, or is a dead letter"
    assert result.missing == (
        Missing(1, "waits", "check_suite", 202, waits),
        Missing(3, "refused", "check_suite", 504, "not taken (504), and not recovered yet"),
        Missing(4, "unanswered", "check_suite", 0, "not taken (no answer), and not recovered yet"),
        Missing(5, "gone", "check_suite", 500, "lost: GET /deliveries/5: 404"),
        Missing(7, "ignored once and accepted once", "check_suite", 202, waits),
    )
    assert (result.sent, result.accepted, result.stored) == (5, 2, 0)


def test_a_second_look_at_a_day_settles_only_missing_deliveries() -> None:
    attempts = [delivery(1, "a", 202), delivery(2, "b", 503), delivery(3, "c", 503), delivery(4, "d", 202)]
    before = day(attempts, {"a": STORED}, WANTED, {})
    receipts = {"a": STORED, "b": Receipt("stored", "recovery"), "d": Receipt("failed", "webhook")}
    result = update_day(before, receipts, {"c": "lost: 404"})
    assert result._replace(missing=()) == Day(4, 0, 2, 3, 1, 1, ())
    assert [(entry.guid, entry.reason) for entry in result.missing] == [("c", "lost: 404")]


def test_a_day_without_anything() -> None:
    assert day([], {}, WANTED, {}) == Day(0, 0, 0, 0, 0, 0, ())
