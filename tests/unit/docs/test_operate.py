"""Check docs/OPERATE.md against the Terraform that it describes."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OPERATE = (ROOT / "docs" / "OPERATE.md").read_text()
MODULE = ROOT / "terraform" / "aws"
ALARMS = (MODULE / "alarms.tf").read_text()


def planned() -> set[str]:
    """Return the names of all alarms, including those that a loop creates."""
    queues = re.findall(r'"(\w+)"', re.search(r"for name in \[([^\]]*)\]", ALARMS)[1])  # type: ignore[index]
    functions = re.findall(r"\b([a-z]+) += (?:one\()?module\.\w+(?:\[\*\])?\.name", ALARMS)
    schedules = list(json.loads((MODULE.parent / "schedules.json").read_text()))
    single = set(re.findall(r"(?:^      |: \")([a-z-]+)(?: =|\" =>) \{$", ALARMS, re.MULTILINE))
    scheduled = ["canary", "schedule"]
    loops = {"wait": queues, "errors": functions, "missing": schedules, "destination-failures": scheduled}
    assert set(re.findall(r'"\$\{\w+\}-([\w-]+)" =>', ALARMS)) == set(loops)
    return single | {f"{item}-{name}" for name, items in loops.items() for item in items}


def test_every_alarm_has_a_section_and_every_section_an_alarm() -> None:
    sections = re.findall(r"^### (.+)$", OPERATE.partition("## The alarms")[2].partition("\n## ")[0], re.MULTILINE)
    assert len(sections) == len(set(sections)) >= 16
    assert set(sections) - planned() == {"JOB-missing"}
    assert {alarm for alarm in planned() - set(sections) if not alarm.endswith("-missing")} == set()


@pytest.mark.parametrize(
    ("words", "file", "expression"),
    [
        ("9 seconds", "webhook.tf", r"timeout     = 9 "),
        ("100 a second", "variables.tf", r"rate             = optional\(number, 100\)"),
        ("300 s", "variables.tf", r"worker_timeout  = optional\(number, 300\)"),
        ("(60 s)", "variables.tf", r"window          = optional\(number, 60\)"),
        ("(2) batches", "variables.tf", r"max_concurrency = optional\(number, 2\)"),
        ("25 hours", "../schedules.json", r'"recover": .*"alarm_hours": 25'),
        ("120 hours", "../schedules.json", r'"backfill": .*"alarm_hours": 120'),
        ("Wednesdays and Sundays", "../schedules.json", r'"backfill": .*\* \* SUN,WED"'),
        ("three hours", "../schedules.json", r'"canary": .*"alarm_hours": 3,'),
        ("05:17 UTC", "../schedules.json", r'"survey_tooling": .*"17 5 \* \* \*"'),
        ("14 days", "queue.tf", r"14 \* 86400"),
        ("it failed three times", "schedules.tf", r"maximum_retry_attempts       = 2\n"),
        ("(the canary once)", "canary.tf", r"maximum_retry_attempts       = 0\n"),
        ("throttled for an hour", "schedules.tf", r"maximum_event_age_in_seconds = 3600\n\n  destination"),
    ],
)
def test_a_number_matches_the_module(words: str, file: str, expression: str) -> None:
    assert words in OPERATE
    assert re.search(expression, (MODULE / file).read_text()), expression
