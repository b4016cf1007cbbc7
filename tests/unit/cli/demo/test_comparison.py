"""What the demo says of its folder: each kind of difference is found and named, and the expectations need no collector."""

import json
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from cli.commands import demo
from cli.demo import comparison, expected_outputs, timeline
from cli.demo.comparison import Differences
from core.stores.directory import DirectoryStore
from tests import demo_records

STORY = timeline.generate(weeks=1)
NONE = Differences([], [], [], [], [], [])


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    demo_records.store(folder, weeks=1)
    return folder


@pytest.fixture
def folder(stored: Path, tmp_path: Path) -> Path:
    """Return a copy, to be changed."""
    return Path(shutil.copytree(stored, tmp_path / "records"))


def differences(folder: Path, *, alone: bool = True) -> Differences:
    return comparison.compare(STORY, DirectoryStore(folder), alone=alone)


def record(folder: Path, metric: str = "workflow-job") -> Path:
    return min(folder.glob(f"octo-org/*/{metric}/**/*.json"))


def name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def rewrite(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_whole_folder_has_no_difference(stored: Path) -> None:
    assert differences(stored) == NONE


@pytest.mark.parametrize(("seed", "weeks"), [(1, 6), (2, 3), (5, 4)])
def test_the_expected_records_are_those_that_the_story_counts(seed: int, weeks: int) -> None:
    story = timeline.generate(seed, weeks)
    metrics = Counter(record["metric_signature"] for record in comparison.expected_records(story).values())
    assert metrics == story.expected
    assert sum(metrics.values()) == len(comparison.expected_records(story))


def test_the_expectations_use_no_collector() -> None:
    modules = ("comparison", "expected_outputs", "expected_deployments", "times")
    sources = [Path(str(sys.modules[f"cli.demo.{module}"].__file__)).read_text() for module in modules]
    assert [text for text in sources if "core.metrics." in text or "collect_metrics" in text] == []


def test_one_that_was_deleted_one_added_and_one_changed_are_each_named(folder: Path) -> None:
    deleted, changed = record(folder, "deployment"), record(folder, "check-suite")
    added = folder / "octo-org" / "storefront" / "deployment" / "2026-11-20" / "1.json"
    deleted.unlink()
    added.parent.mkdir(parents=True, exist_ok=True)
    added.write_text('{"metric_signature":"deployment"}')
    output = json.loads(changed.read_text())["output"]
    rewrite(changed, output=output | {"conclusion": "lost"})

    differing = differences(folder)
    assert differing.missing == [name(deleted, folder)]
    assert differing.surplus == [name(added, folder)]
    [why] = differing.changed
    assert why.startswith(f'{name(changed, folder)} (output.conclusion is "lost", not ')
    lines = list(differing.lines("telemetry-demo"))
    assert [line.split()[0] for line in lines] == ["1", "1", "1"]
    assert [name(path, folder) in line for path, line in zip((deleted, added, changed), lines, strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ("{", "not a JSON object"),
        ('{"owner":"octo-org"}', "repo is missing"),
    ],
)
def test_what_is_no_record_is_other_content(content: str, says: str, folder: Path) -> None:
    path = record(folder)
    path.write_text(content)
    assert differences(folder).changed == [f"{name(path, folder)} ({says})"]


def test_an_extra_field_an_anomaly_and_another_type_are_differences(folder: Path) -> None:
    paths = sorted(folder.glob("octo-org/*/workflow-job/**/*.json"))[:3]
    rewrite(paths[0], more=1)
    rewrite(paths[1], anomalies=["missing_time"] * 3)
    rewrite(paths[2], schema=True)
    reasons = [name.partition(" (")[2].rstrip(")") for name in differences(folder).changed]
    assert reasons[0] == "more is surplus"
    assert reasons[1].startswith("anomalies is ")
    assert reasons[2] == "schema is true, not 2"


def test_the_fields_of_a_run_may_differ(folder: Path) -> None:
    rewrite(record(folder), created_at=1, delivery_id="x", collected_by="recovery")
    assert differences(folder) == NONE


def test_a_partial_record_is_surplus(folder: Path) -> None:
    path = record(folder)
    partial = path.with_suffix(".partial.json")
    path.rename(partial)
    differing = differences(folder)
    assert (differing.missing, differing.surplus) == ([name(path, folder)], [name(partial, folder)])


def test_records_of_another_seed_are_surplus_unless_foreign(folder: Path) -> None:
    demo_records.store(folder, weeks=2)
    differing = differences(folder)
    assert len(differing.surplus) > 100
    assert len(differing.unknown_receipts) > 100
    assert differing.missing == []
    assert all("/release-versions/" in name for name in differing.changed)  # the same tags, of other commits

    others = folder / "octo-org" / "hello-world" / "check-suite" / "2026-11-20" / "1.json"
    others.parent.mkdir(parents=True)
    others.write_text("{}")
    assert name(others, folder) in differences(folder).surplus
    shared = differences(folder, alone=False)
    assert name(others, folder) not in shared.surplus
    assert len(shared.surplus) > 100
    assert shared.unknown_receipts == []


def test_records_of_a_metric_unknown_to_the_demo_are_only_named(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(expected_outputs._METRICS, "review")
    facts = (fact._replace(metrics=tuple(name for name in fact.metrics if name != "review")) for fact in STORY.facts)
    story, store = STORY._replace(facts=tuple(facts)), DirectoryStore(stored)
    assert comparison.compare(story, store, alone=True) == NONE
    assert "review" in comparison.not_modelled(store)


def test_a_record_of_an_unknown_metric_is_surplus(folder: Path) -> None:
    path = folder / "octo-org" / "storefront" / "no-such-metric" / "1.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert differences(folder) == NONE._replace(surplus=[name(path, folder)])
    assert "no-such-metric" not in comparison.not_modelled(DirectoryStore(folder))


# Receipts


def receipt(folder: Path) -> Path:
    [path] = folder.glob("_system/receipts/*/*.jsonl")
    return path


def test_a_delivery_without_a_receipt_is_named(folder: Path) -> None:
    lines = receipt(folder).read_text().splitlines()
    once = next(line for line in lines if sum(json.loads(line)["delivery_id"] in other for other in lines) == 1)
    receipt(folder).write_text("".join(f"{line}\n" for line in lines if line != once))
    delivery_id = json.loads(once)["delivery_id"]
    assert differences(folder) == NONE._replace(unreceipted=[delivery_id])


def test_a_receipt_of_an_unsent_delivery_is_named(folder: Path) -> None:
    with receipt(folder).open("a") as file:
        file.write('{"delivery_id":"unknown","outcome":"stored","records":[]}\nnot JSON\n')
    differing = differences(folder)
    assert [entry.partition(" ")[2] for entry in differing.unknown_receipts] == ['("unknown")', "(null)"]
    assert differing._replace(unknown_receipts=[]) == NONE


@pytest.mark.parametrize("changes", [{"outcome": "failed"}, {"records": []}, {"records": ["x"]}, {"records": [{}]}])
def test_a_receipt_that_says_something_else_is_named(changes: dict[str, object], folder: Path) -> None:
    lines = receipt(folder).read_text().splitlines()
    first = json.loads(lines[0]) | changes
    receipt(folder).write_text("\n".join([json.dumps(first), *lines[1:]]))
    differing = differences(folder)
    assert [first["delivery_id"] in entry for entry in differing.wrong_receipts] == [True]


# What is said


def test_differences_are_counted_with_examples_without_control_characters() -> None:
    differing = NONE._replace(missing=["d", "b", "a", "c"], surplus=["x\x1b[31m"])
    assert list(differing.lines("folder")) == [
        "4 missing record(s) in folder/: a, b, c, …",
        "1 surplus record(s), which this story does not contain, in folder/: 'x\\x1b[31m'",
    ]


def test_the_demo_succeeds_only_if_everything_is_stored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo._is_complete(STORY, str(folder), alone=True)
    assert "every fact is there, each once, and nothing else" in capsys.readouterr().out
    record(folder).unlink()
    assert not demo._is_complete(STORY, str(folder), alone=True)
    captured = capsys.readouterr()
    assert "every fact is there" not in captured.out
    assert captured.err.startswith("1 missing record(s) in ")


def test_a_server_that_stores_elsewhere_is_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo._is_complete(STORY, "", alone=False)
    assert capsys.readouterr().out.startswith("not compared with the story: ")
