"""The conformance suite: AWS, Google Cloud and this machine, with either queue, answer alike, and store alike, to the byte.

The same requests go to each by what it really speaks: API Gateway's event, functions-framework's HTTP, the dev server's.
"""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from rich import box
from rich.console import Console
from rich.table import Table

from fakes.github.transport import serve
from runtimes.local.wiring import Clients
from tests.builders import a_github
from tests.contract.runtime import harnesses
from tests.contract.runtime.embedded import embedded
from tests.contract.runtime.harnesses import Dead, Got, Harness
from tests.contract.runtime.vectors import CONDITIONS, Vector, vectors

pytestmark = pytest.mark.emulator
RUNTIMES = ("aws", "gcp", "local", "embedded")
VECTORS = vectors()


class Whole(NamedTuple):
    """What came of every vector at one runtime."""

    answers: dict[str, Got]
    dead: list[Dead]
    store: Path


@pytest.fixture(scope="module")
def outcomes(emulator: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Whole]]:
    endpoint = emulator.sqs.meta.endpoint_url
    with pytest.MonkeyPatch.context() as patched, serve(a_github()) as github:
        opened = {
            "aws": partial(harnesses.aws, endpoint=endpoint, monkeypatch=patched),
            "gcp": harnesses.google_cloud,
            "local": partial(harnesses.this_machine, endpoint=endpoint),
            "embedded": embedded,
        }
        expected = {}
        for name in RUNTIMES:
            store = tmp_path_factory.mktemp(name)
            answers: dict[str, Got] = {}
            dead: list[Dead] = []
            for condition in CONDITIONS:
                config: AbstractContextManager[Harness] = opened[name](condition, store, github)
                with config as harness:
                    answers |= {
                        message.name: harness.send(message) for message in VECTORS if message.condition == condition
                    }
                    dead += harness.settle() if condition in ("usual", "rotated") else []
            expected[name] = Whole(answers, dead, store)
        yield expected


@pytest.mark.parametrize("vector", VECTORS, ids=[message.name for message in VECTORS])
def test_every_runtime_answers_alike(vector: Vector, outcomes: dict[str, Whole]) -> None:
    answers = {name: outcomes[name].answers[vector.name] for name in RUNTIMES}
    assert {name: got.status for name, got in answers.items()} == dict.fromkeys(RUNTIMES, vector.status)
    own = [got._replace(headers={}) if vector.method == "HEAD" else got for got in answers.values() if got.own]
    assert own, "the API gateway answered every request itself"
    assert all(got == own[0] for got in own), answers
    if vector.answer is not None:
        assert own[0].body == vector.answer
    if vector.status == 503:
        assert all(got.headers["retry-after"] == "60" for got in own)
    if vector.method != "HEAD":
        assert all(got.headers["content-type"] == "application/json" for got in own)


def records(store: Path) -> dict[str, str]:
    """By path; but for the time at which each was made."""
    letters = {}
    for path in store.rglob("*.json"):
        expected = json.loads(path.read_text())
        assert expected.pop("created_at") > 0
        letters[path.relative_to(store).as_posix()] = json.dumps(expected)
    return letters


def receipts(store: Path) -> list[str]:
    """Every line; but for times."""
    lines = [json.loads(line) for path in store.rglob("*.jsonl") for line in path.read_text().splitlines()]
    return sorted(json.dumps({key: value for key, value in line.items() if not key.endswith("_at")}) for line in lines)


def test_every_runtime_stores_the_same_records_in_the_same_places(outcomes: dict[str, Whole]) -> None:
    aws, gcp, local, embedded_store = (records(outcomes[name].store) for name in RUNTIMES)
    assert aws == gcp == local == embedded_store
    assert len(aws) > 10
    assert {path.split("/")[2] for path in aws} >= {"check-suite", "workflow-job", "commits-per-pr", "tooling-usage"}


def test_every_runtime_says_the_same_of_every_delivery(outcomes: dict[str, Whole]) -> None:
    aws, gcp, local, embedded_store = (receipts(outcomes[name].store) for name in RUNTIMES)
    assert aws == gcp == local == embedded_store
    stored = {json.loads(line)["delivery_id"] for line in aws}
    accepted = {got.body["delivery"] for got in outcomes["aws"].answers.values() if got.status == 202}
    assert stored == accepted


def test_every_runtime_buries_the_same_poison_for_the_same_reason(outcomes: dict[str, Whole]) -> None:
    aws, gcp, local, embedded_dead = (outcomes[name].dead for name in RUNTIMES)
    assert aws == gcp == local == embedded_dead
    assert len(aws) == len([message for message in VECTORS if message.name.startswith("poison")])


def test_the_table(outcomes: dict[str, Whole], capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("vector", *RUNTIMES, "equal", box=box.SIMPLE, pad_edge=False)
    for vector in VECTORS:
        answers = [outcomes[name].answers[vector.name] for name in RUNTIMES]
        own = [got.body for got in answers if got.own]
        equal = len({got.status for got in answers}) == 1 and all(body == own[0] for body in own)
        shown = [f"{got.status}{'' if got.own else ' (gateway)'}" for got in answers]
        table.add_row(vector.name, *shown, "yes" if equal else "NO")
    with capsys.disabled():
        Console(width=120).print("\n", table)
    assert "NO" not in list(table.columns[-1].cells)
