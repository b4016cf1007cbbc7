import pytest

from cli.commands import serve
from core.log import Log
from runtimes.local.embedded_pipeline import EmbeddedPipeline
from runtimes.local.health import Health
from runtimes.local.queue_choice import QueueChoice
from tests.builders import settings


@pytest.mark.parametrize(
    ("before", "warns"), [(None, False), (QueueChoice.SQLITE, False), (QueueChoice.LOCALSTACK, True)]
)
def test_events_that_may_wait_in_the_queue_of_before_are_named(
    capsys: pytest.CaptureFixture[str], before: QueueChoice | None, *, warns: bool
) -> None:
    serve._warn_of_other_queue(before, QueueChoice.SQLITE)
    assert ("last server had --queue localstack: events that wait there stay" in capsys.readouterr().err) == warns


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_signature_is_printed_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
    pipeline = EmbeddedPipeline(settings(github_webhook_secret="s"), Health(), Log("error"), in_memory=True)
    pipeline.start()
    try:
        printed = serve._curl_command("http://127.0.0.1:1/telemetry", "sample.json", pipeline)
    finally:
        pipeline.stop()
    assert ("X-Hub-Signature-256: sha256=" in printed) == is_terminal
