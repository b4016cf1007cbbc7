import pytest

from cli.commands import serve
from runtimes.local.queue_choice import QueueChoice


@pytest.mark.parametrize(
    ("before", "warns"), [(None, False), (QueueChoice.SQLITE, False), (QueueChoice.LOCALSTACK, True)]
)
def test_events_that_may_wait_in_the_queue_of_before_are_named(
    capsys: pytest.CaptureFixture[str], before: QueueChoice | None, *, warns: bool
) -> None:
    serve._warn_of_other_queue(before, QueueChoice.SQLITE)
    assert ("last server had --queue localstack: events that wait there stay" in capsys.readouterr().err) == warns
