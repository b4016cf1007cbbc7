"""The table of `make check-facts`: its tests exist, and each edit still applies."""

import ast
from pathlib import Path

import pytest

from tests.cloud_facts.clone import Outcome, outcome
from tests.cloud_facts.table import STAND_INS, Edit, Fact, load

ROOT = Path(__file__).parents[3]
FACTS = load()


def functions(file: str) -> set[str]:
    nodes = ast.parse((ROOT / file).read_text()).body
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_a_fact_has_a_test_that_exists_or_says_that_there_is_none(fact: Fact) -> None:
    assert fact.stand_in in STAND_INS
    assert bool(fact.test) == bool(fact.edits) == (fact.stand_in != "documentation only")
    if fact.test:
        assert fact.function in functions(fact.file)


@pytest.mark.parametrize("fact", [fact for fact in FACTS if fact.edits], ids=lambda fact: fact.id)
def test_what_reverts_a_fix_still_applies(fact: Fact, tmp_path: Path) -> None:
    for file in {edit.file for edit in fact.edits}:
        copy = tmp_path / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((ROOT / file).read_text())
    before = {edit.file: (tmp_path / edit.file).read_text() for edit in fact.edits}
    for edit in fact.edits:
        assert edit.file.partition("/")[0] != "tests"
        edit.apply(tmp_path)
    assert all((tmp_path / file).read_text() != text for file, text in before.items())


def test_ids_are_unique_and_begin_with_the_cloud() -> None:
    assert len({fact.id for fact in FACTS}) == len(FACTS)
    assert all(fact.id.startswith(f"{fact.cloud.lower()}-") for fact in FACTS)


def test_an_edit_of_a_text_that_is_not_there_once_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("twice twice")
    for text, count in (("twice", 2), ("never", 0)):
        with pytest.raises(ValueError, match=f"file has {count} times: '{text}'"):
            Edit("file", text, "").apply(tmp_path)


@pytest.mark.parametrize(
    ("code", "output", "expected"),
    [
        (0, "..\n2 passed in 1.00s\n", Outcome("green", "2 passed in 1.00s")),
        (
            1,
            "F\nE       AssertionError: \nE       ╷\nE       │ Error: 404\n1 failed\n",
            Outcome("red", "AssertionError: Error: 404"),
        ),
        (
            0,
            "s\nSKIPPED [1] tests/x.py:3: Terraform is missing\n1 skipped\n",
            Outcome("skipped", "Terraform is missing"),
        ),
        (4, "ERROR: not found: tests/x.py::test_x\n", Outcome("broken", "ERROR: not found: tests/x.py::test_x")),
    ],
)
def test_only_a_failed_test_is_red(code: int, output: str, expected: Outcome) -> None:
    assert outcome(code, output) == expected
