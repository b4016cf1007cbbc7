from typing import Any

import pytest

from core.errors import TransientReadError
from core.github.webhooks import Delivery
from core.receipts import NEAR, Receipt, Receipts, identifying, parse, payload_digest
from tests.builders import NOW, signed, webhook


def delivery(status: int = 202, guid: str = "a", id: int = 1, at: int = NOW, **more: Any) -> Delivery:
    return Delivery(id, guid, "check_suite", status, at, **more)


def receipt(digest: str = "d", **more: Any) -> Receipt:
    fields = {"signature": "github::check_suite", "received_at": NOW, "digest": digest, **more}
    return Receipt("stored", fields.pop("collected_by", "webhook"), **fields)


def never(_: Delivery) -> str:
    raise AssertionError("GitHub was asked")


def test_a_receipt_that_fits_counts_and_github_is_not_asked() -> None:
    own = receipt(received_at=NOW + NEAR, action="completed", repository_id=1)
    for attempt in (delivery(), delivery(action="completed"), delivery(repository_id=1)):
        assert Receipts([("a", own)]).of([attempt], never) == (own, "")


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        ({"signature": "github::create"}, {}),
        ({"signature": "deven::tooling-usage"}, {}),
        ({"action": "requested"}, {"action": "completed"}),
        ({"repository_id": 2}, {"repository_id": 1}),
        ({"collected_by": "recovery", "signature": "github::create"}, {}),
    ],
)
def test_a_receipt_that_github_s_list_contradicts_does_not_count(
    changes: dict[str, Any], listed: dict[str, Any]
) -> None:
    matched = Receipts([("a", receipt(**changes))]).of([delivery(**listed)], never)
    assert matched == (None, "its receipt is of another event")


DOUBTS: dict[str, tuple[list[tuple[str, Receipt]], list[Delivery]]] = {
    "received long after": ([("a", receipt(received_at=NOW + NEAR + 1))], [delivery()]),
    "received long before": ([("a", receipt(received_at=NOW - NEAR - 1))], [delivery()]),
    "never accepted": ([("a", receipt())], [delivery(503)]),
    "near a refused attempt only": ([("a", receipt())], [delivery(503), delivery(202, id=2, at=NOW + 2 * NEAR)]),
    "the same body under another id": ([("a", receipt()), ("b", receipt(received_at=1))], [delivery()]),
    "the same body recovered under another id": (
        [("a", receipt()), ("b", receipt(collected_by="recovery"))],
        [delivery()],
    ),
    "two bodies under one id": ([("a", receipt()), ("a", receipt("e", received_at=NOW + 1))], [delivery()]),
}


@pytest.mark.parametrize(("lines", "attempts"), DOUBTS.values(), ids=DOUBTS)
def test_an_ambiguous_receipt_counts_if_its_digest_matches_the_payload(
    lines: list[tuple[str, Receipt]], attempts: list[Delivery]
) -> None:
    asked: list[Delivery] = []

    def digest(delivery: Delivery) -> str:
        asked.append(delivery)
        return "d"

    assert Receipts(lines).of(attempts, digest) == (lines[0][1], "")
    assert asked == attempts[-1:]
    of_another = "its receipt is of another body, as after a replay"
    assert Receipts(lines).of(attempts, lambda _: "of another") == (None, of_another)


def test_a_receipt_in_doubt_does_not_count_where_github_cannot_be_asked() -> None:
    def out(_: Delivery) -> str:
        raise TransientReadError("no response in time")

    matched, reason = Receipts([("a", receipt())]).of([delivery(503)], out)
    assert (matched, reason) == (None, "its receipt is in doubt and could not be compared: no response in time")


def test_of_a_replay_and_the_delivery_s_own_receipt_the_own_one_counts() -> None:
    own, replayed = receipt("own"), receipt("replayed", received_at=NOW + 10 * NEAR)
    for lines in ([("a", own), ("a", replayed)], [("a", replayed), ("a", own)]):
        assert Receipts(lines).of([delivery()], lambda _: "own") == (own, "")


def test_a_receipt_of_recovery_needs_no_comparison() -> None:
    own = receipt(collected_by="recovery", received_at=NOW + 10 * NEAR)
    replayed = receipt("replayed", received_at=NOW + 10 * NEAR)
    assert Receipts([("a", replayed), ("a", own)]).of([delivery(503)], never) == (own, "")


def test_a_receipt_of_an_older_version_is_read_and_counts() -> None:
    guid, old = parse({"delivery_id": "a", "outcome": "stored", "collected_by": "webhook"})
    assert Receipts([(guid, old)]).of([delivery(503)], never) == (old, "")


def test_the_same_receipt_under_two_days_is_one() -> None:
    own = receipt()
    assert Receipts([("a", own), ("a", own)]).of([delivery()], never) == (own, "")


def test_without_a_receipt_there_is_none_and_no_doubt() -> None:
    assert Receipts([]).of([delivery()], never) == (None, "")


def test_the_digest_is_of_what_the_event_says_and_not_of_how_it_is_written() -> None:
    payload = signed("github::check_suite", webhook("check_suite")).payload
    turned = {key: payload[key] for key in reversed(payload)}
    assert payload_digest(payload) == payload_digest(turned) == payload_digest({**payload, "installation": {"id": 1}})
    assert payload_digest(payload) != payload_digest({**payload, "action": "requested"})


@pytest.mark.parametrize("odd", [None, [], {}, {"id": "1"}, {"id": True}, 7])
def test_what_a_payload_does_not_say_is_not_in_the_receipt(odd: Any) -> None:
    assert identifying({"action": ["x"], "repository": odd}).keys() == {"payload_sha256"}
