"""`telemetry serve --queue sqlite` as somebody uses it: killed, started twice, and with other commands beside it."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from cli.samples import SAMPLE
from tests.e2e.killed_server import check_that_accepted_events_outlive_a_kill
from tests.e2e.server import CHECKOUT, Server, wait_for
from tests.environment import PATIENCE, inherited


def test_thirty_accepted_events_outlive_a_kill(tmp_path: Path) -> None:
    check_that_accepted_events_outlive_a_kill(tmp_path, CHECKOUT)


def telemetry(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*CHECKOUT, *words],
        cwd=folder,
        env={**inherited(), "HOME": str(folder), "PORT": "0"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_other_commands_use_the_queue_of_the_folder_s_server(tmp_path: Path) -> None:
    """One server for all of it: each start takes seconds."""
    server = Server(tmp_path, "", {"GITHUB_WEBHOOK_SECRET": ""}, "serve --queue sqlite").start()
    try:
        sent = telemetry(tmp_path, "send", "check_suite", str(SAMPLE), "--url", f"{server.url}/telemetry")
        assert sent.stdout.startswith("202 "), sent.stderr  # signed with the secret that the server made
        wait_for(server.records, "the record")

        poisoned = server.folder / ".telemetry" / "queue-local.sqlite"
        with closing(sqlite3.connect(poisoned)) as other, other:
            other.execute("INSERT INTO message (body, visible_at) VALUES ('no event', 0)")
        wait_for(lambda: server.health()["failed"] == 1, "the message to fail")
        listed = telemetry(tmp_path, "replay-dead-letters", "sqlite", "--dry-run")
        assert "the message is not JSON" in listed.stdout
        replayed = telemetry(tmp_path, "replay-dead-letters", "sqlite")
        assert "1 dead letters processed; their events were re-queued" in replayed.stdout
        wait_for(lambda: server.health()["failed"] == 2, "the message to fail again")
        health = server.health()
        assert health["accepted"] == health["queued"] + health["processed"] + health["failed"] == 3

        second = telemetry(tmp_path, "serve", "--queue", "sqlite")
        assert (second.returncode, second.stdout) == (2, "")
        assert second.stderr.startswith("another `telemetry serve` runs in this folder")
        assert len(second.stderr.splitlines()) == 1
    finally:
        assert server.stop() == 0


def test_a_file_of_another_program_is_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / ".telemetry" / "queue-local.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"my notes\n" * 100)
    done = telemetry(tmp_path, "serve", "--queue", "sqlite")
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert ".telemetry/queue-local.sqlite cannot be used: file is not a database" in line
    assert path.read_bytes() == b"my notes\n" * 100
