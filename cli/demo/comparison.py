"""Compares the records and receipts in a store with the expected ones: missing, surplus and different."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from cli.demo.expected_outputs import expected, is_modelled
from cli.demo.scenario import Delivery, Story
from cli.publishing import services_file
from core.metrics import all_metrics
from core.payload import Json
from core.ports import Store

RECEIPTS = "_system/receipts/"
_EXAMPLES = 3
"""Number of examples shown for each kind of difference."""
_RUN_SPECIFIC = ("created_at", "delivery_id", "collected_by")
"""Fields that differ between two runs with the same seed."""


class Differences(NamedTuple):
    """Differences by kind; each entry names a file, or a delivery for receipts."""

    missing: list[str]
    surplus: list[str]
    changed: list[str]
    """With the first field that differs."""
    unreceipted: list[str]
    """Deliveries without a receipt."""
    unknown_receipts: list[str]
    """Receipts of deliveries that the story did not send."""
    wrong_receipts: list[str]
    """Receipts that differ from the outcome of the delivery."""

    def lines(self, folder: str) -> Iterator[str]:
        """Yield one line per kind of difference, with the number and examples."""
        for names, text in zip(self, _TEXTS, strict=True):
            if names:
                more = ", …" if len(names) > _EXAMPLES else ""
                examples = ", ".join(name if name.isprintable() else ascii(name) for name in sorted(names)[:_EXAMPLES])
                yield f"{len(names)} {text} in {folder}/: {examples}{more}"


_TEXTS = (
    "missing record(s)",
    "surplus record(s), which this story does not contain,",
    "record(s) of other content",
    "deliveries without a receipt",
    "receipt(s) of deliveries that this story did not send",
    "receipt(s) that say something else",
)


def expected_records(story: Story) -> dict[str, Json]:
    """Return each expected record by its path, without the fields that differ between two runs."""
    records = {}
    for fact in story.facts:
        for metric in fact.metrics:
            path, record = _record(fact.delivery, metric, story)
            records[path] = record
    return records


def compare(story: Story, store: Store, *, alone: bool) -> Differences:
    """Compare a store with the story; `alone`: the store holds nothing but this story and its services.toml.

    Otherwise only the story's own repositories and deliveries are looked at. Records of a metric that the demo does not model are
    not compared: `not_modelled` names these metrics.
    """
    records = expected_records(story)
    own = tuple({f"{record['owner']}/{record['repo']}/" for record in records.values()})
    paths = [path for path in store.list("") if path != services_file.NAME and not path.startswith("_system/")]
    paths = [path for path in paths if (alone or path.startswith(own)) and not _metric_not_modelled(path)]
    actual = {path: _parsed(store.read(path)) for path in paths}
    changed = (
        f"{path} ({difference})"
        for path in records.keys() & actual
        if (difference := _first_difference(records[path], actual[path]))
    )
    receipts = _compare_receipts(story, records, list(_receipts(store)), alone=alone)
    return Differences(sorted(records.keys() - actual), sorted(actual.keys() - records), sorted(changed), *receipts)


def not_modelled(store: Store) -> list[str]:
    """Return the metrics of the records that are not compared, sorted."""
    return sorted({metric for path in store.list("") if (metric := _metric_not_modelled(path))})


def _metric_not_modelled(path: str) -> str:
    """Return the metric of a record, from its path or id, if it is one of ours that the demo does not model; else empty."""
    parts = path.split("/")
    metric = parts[2] if len(parts) > 3 else ""
    return metric if metric in _metric_names() and not is_modelled(metric) else ""


@cache
def _metric_names() -> frozenset[str]:
    return frozenset(metric.name for metric in all_metrics())


def _record(delivery: Delivery, metric: str, story: Story) -> tuple[str, Json]:
    payload = delivery.payload
    repository = payload["repository"] if delivery.source == "github" else None
    full_name = repository["full_name"] if repository else f"{payload['owner']}/{payload['repo']}"
    github_repository = story.state.find(full_name, 0)
    if github_repository is None:
        raise AssertionError(f"{full_name}: not in the story's world")
    owner, _, repo = full_name.partition("/")
    key, day, output, anomalies = expected(metric, payload, github_repository)
    record = {
        "owner": owner,
        "repo": repo,
        "trigger_event_signature": f"{delivery.source}::{delivery.event}",
        "metric_signature": metric,
        "status": "success",
        "output": output,
        "id": f"{owner}/{repo}/{metric}/{key}",
        "repository_id": repository["id"] if repository else None,
        "github_host": "github.com",
        "schema": 2,
        "anomalies": list(anomalies),
    }
    return f"{owner}/{repo}/{metric}/{f'{day}/' if day else ''}{key}.json", record


def _parsed(content: bytes | None) -> Any:
    """Return a file's JSON; its text where it is not JSON."""
    try:
        return json.loads(content or b"")
    except ValueError:
        return (content or b"").decode(errors="replace")


def _first_difference(expected: Any, actual: Any, name: str = "") -> str:
    """Return the first field that differs, and how; empty: none does."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        ignored = () if name else _RUN_SPECIFIC
        for key in [*expected, *(key for key in actual if key not in expected and key not in ignored)]:
            inner = f"{name}.{key}" if name else key
            if key not in actual or key not in expected:
                return f"{inner} is {'missing' if key not in actual else 'surplus'}"
            if difference := _first_difference(expected[key], actual[key], inner):
                return difference
        return ""
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return next(
            (
                difference
                for index, (expected_item, actual_item) in pairs
                if (difference := _first_difference(expected_item, actual_item, f"{name}[{index}]"))
            ),
            "",
        )
    if type(expected) is type(actual) and expected == actual:
        return ""
    return f"{name} is {_short(actual)}, not {_short(expected)}" if name else "not a JSON object"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 40 else f"{text[:39]}…"


# Receipts


def _receipts(store: Store) -> Iterator[tuple[str, Any]]:
    """Yield each line of each receipt, with the name of its file."""
    for path in store.list(RECEIPTS):
        for line in (store.read(path) or b"").splitlines():
            yield path, _parsed(line)


def _compare_receipts(
    story: Story, records: dict[str, Json], receipts: Iterable[tuple[str, Any]], *, alone: bool
) -> tuple[list[str], list[str], list[str]]:
    """Compare the receipts with the deliveries.

    A delivery may have several receipts, one for each time that it was sent. One that comes to no fact of its own may have some: it
    names the facts of another (GitHub sends `opened` and `labeled` of an issue that is opened with a label).
    """
    ids = _ids_by_delivery(story)
    known_ids = {record["id"] for record in records.values()}
    receipted, unknown, wrong = set[str](), list[str](), list[str]()
    for path, receipt in receipts:
        delivery = receipt.get("delivery_id") if isinstance(receipt, dict) else None
        if not isinstance(delivery, str) or delivery not in ids:
            unknown += [f"{path} ({_short(delivery)})"] if alone else []
        elif receipt.get("outcome") != "stored" or not _names(receipt.get("records"), ids[delivery], known_ids):
            wrong.append(f"{delivery} ({receipt.get('outcome')}, {_short(receipt.get('records'))})")
        else:
            receipted.add(delivery)
    return [name for name, facts in ids.items() if facts and name not in receipted], unknown, wrong


def _names(records: Any, own_ids: frozenset[str], known_ids: set[str]) -> bool:
    """Return whether a receipt names exactly the facts of its delivery; without such, only facts of the story."""
    if not isinstance(records, list) or not all(isinstance(record, str) for record in records):
        return False
    compared = [record for record in records if not _metric_not_modelled(record)]
    return sorted(compared) == sorted(own_ids) if own_ids else set(compared) <= known_ids


def _ids_by_delivery(story: Story) -> dict[str, frozenset[str]]:
    """Return the ids of the records of each delivery, also of copies under another delivery id."""
    of_payload = {}
    for fact in story.facts:
        ids = (_record(fact.delivery, metric, story)[1]["id"] for metric in fact.metrics)
        of_payload[id(fact.delivery.payload)] = frozenset(ids)  # a copy has the same payload, the object itself
    return {delivery.delivery_id: of_payload[id(delivery.payload)] for delivery in story.deliveries}
