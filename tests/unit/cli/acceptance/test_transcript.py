"""A transcript can be published: it names no account, address, person or secret."""

from pathlib import Path

import pytest

from cli.acceptance.transcript import Outcome, Result, Transcript

SECRETS = [
    "arn:aws:iam::123456789012:role/x",
    "somebody@example.com",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_11ABCDEFG0abcdefghij_0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "ya29.a0AfH6SMBx-abc_def",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "https://abc123.execute-api.eu-west-1.amazonaws.com/telemetry",
    "https://telemetry-acceptance-webhook-abcdef-ew.a.run.app/telemetry",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_identifies_or_opens_something_is_redacted(secret: str, tmp_path: Path) -> None:
    redacted = Transcript(tmp_path).redact(f"before {secret} after")
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert not set(secret.split(":")) & set(redacted.replace(" ", ":").split(":")) & {"123456789012", secret}
    assert secret not in redacted


def test_hidden_values_are_removed_even_inside_other_words(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path)
    transcript.hide("octo-telemetry")
    transcript.hide("")
    assert transcript.redact("projects/octo-telemetry/topics/x") == "projects/REDACTED/topics/x"


def test_counts_and_names_of_resources_stay_readable(tmp_path: Path) -> None:
    text = "Plan: 62 to add, 0 to change, 0 to destroy. stored as telemetry-functions/check-suite/2026-11-29/17.json"
    assert Transcript(tmp_path).redact(text) == text


def test_the_file_is_written_after_each_step_and_says_what_it_ran_on(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "docs")
    transcript.describe("aws", "an emulator")
    transcript.add(Result("a plan", "make plan-aws", Outcome.PASSED, "Plan: 1 to add", 12.4))
    first = (tmp_path / "docs" / "aws-stand-in.md").read_text()
    assert "On an emulator: **not a real cloud**." in first
    assert "| 1 | a plan | `make plan-aws` | passed: Plan: 1 to add | 12 |\n" in first
    transcript.add(Result("an alarm", "-", Outcome.NOT_RUN, "no metric | here", 0))
    second = (tmp_path / "docs" / "aws-stand-in.md").read_text()
    assert "1 passed, 1 not run here." in second
    assert "| 2 | an alarm | `-` | not run here: no metric \\| here | 0 |\n" in second


def test_the_transcript_of_a_real_cloud_has_another_name_and_says_so(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path)
    transcript.describe("gcp", "")
    transcript.add(Result("a", "b", Outcome.FAILED, "line one\nline two \x1b[31mred", 1))
    assert transcript.path.name == "gcp.md"
    assert "On the real cloud." in transcript.path.read_text()
    assert "FAILED: line one line two" in transcript.path.read_text()
    assert "\x1b" not in transcript.path.read_text()
