"""`telemetry report` of a store that has nothing to report: it says what is there, and what to do next."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from tests.unit.warehouse.record_factory import content, record


def store(*metrics: str, rejects: int = 0) -> None:
    """A folder with a record of each metric and some files that are no records."""
    Path("records").mkdir()
    for metric in metrics:
        one = record(metric)
        path = Path("records", one.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(one))
    for number in range(rejects):
        Path("records", f"{number}.json").write_text("{")


def printed() -> str:
    result = CliRunner().invoke(app, ["report", "records"], env={"COLUMNS": "80"})
    assert (result.exit_code, result.stderr) == (0, "")
    return " ".join(result.stdout.split())


NEXT = ("`telemetry doctor`", "`telemetry backfill`", "`make demo`")
INPUTS = {
    "empty": ((), 0, ("There are no records yet in records.", *NEXT)),
    "only rejects": (
        (),
        2,
        ("There are no records yet in records: 2 files could not be read as a record", "1.json not JSON", *NEXT),
    ),
    "one record": (("review",), 0, ("1 record", "No deployment to production is known", "docs/DORA.md")),
    "no deployments": (("review", "check-suite"), 0, ("2 records", "No deployment to production", "docs/DORA.md")),
    "deployments without an end": (
        ("deployment",),
        0,
        ("1 deployment to production was requested, none ended", "gets the status success", "`telemetry backfill`"),
    ),
}


@pytest.mark.parametrize("name", INPUTS)
def test_a_poor_input_says_what_is_there_and_what_to_do_next(name: str) -> None:
    metrics, rejects, sentences = INPUTS[name]
    store(*metrics, rejects=rejects)
    text = printed()
    assert [sentence for sentence in sentences if sentence not in text] == []


def test_a_missing_folder_names_what_a_source_may_be() -> None:
    result = CliRunner().invoke(app, ["report", "records"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("records: no such folder, and neither OWNER/REPO")
