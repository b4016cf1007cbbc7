from pathlib import Path

import pytest

from runtimes.local.queue_choice import QueueChoice, record, recorded


def test_the_queue_of_the_last_server_is_known(tmp_path: Path) -> None:
    folder = tmp_path / ".telemetry"
    assert recorded(folder) is None
    for choice in (QueueChoice.SQLITE, QueueChoice.LOCALSTACK, QueueChoice.SQLITE):
        record(choice, folder)
        assert recorded(folder) == choice


@pytest.mark.parametrize("content", ["", "{}", '{"queue":"kafka"}', '{"queue":[1]}', "[1]"])
def test_a_record_that_names_no_queue_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "queue.json").write_text(content)
    assert recorded(tmp_path) is None
