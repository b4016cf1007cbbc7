"""Point 8: what a killed emulator loses is said at the next start; a killed server's emulator is adopted with its queue."""

import signal
from pathlib import Path

import pytest

from runtimes.local.emulator.emulator import Emulator
from tests.e2e.server import wait_for
from tests.security.dev_server import emulator_url, emulators, end, serving

pytestmark = pytest.mark.emulator

NOWHERE = {"GITHUB_API_URL": "http://127.0.0.1:9", "RETRY_SECONDS": "60"}
"""An event that reads from GitHub waits in the queue."""
EVENT = {"owner": "octo-org", "repo": "hello-world", "day": "2026-11-20"}
WARNING = "warning: the emulator of AWS did not stop in order the last time"


def waiting(folder: Path) -> str:
    return (folder / ".telemetry" / "emulator.json").read_text()


@pytest.mark.parametrize("how", ["emulator, then server", "both"])
def test_after_kill_9_the_next_start_warns_once_with_the_count(tmp_path: Path, how: str) -> None:
    with serving(tmp_path, NOWHERE) as server:
        assert WARNING not in server.output.read_text()
        for day in ("2026-11-20", "2026-11-21"):
            assert server.post("", {**EVENT, "day": day}, X_Deven_Event="tooling-usage").status_code == 202
        wait_for(lambda: '"queued": 2' in waiting(tmp_path), "the count to be remembered")
        if how == "both":
            server.stop(signal.SIGKILL)
        end(tmp_path)
        if how != "both":
            assert server.stop() == 0
            assert "did not stop in order: events that were answered 202" in server.output.read_text()
        server.start()
        wait_for(lambda: WARNING in server.output.read_text(), "the warning")
        [line] = [line for line in server.output.read_text().splitlines() if WARNING in line]
        assert "(2 events waited at the last count)" in line
        assert "telemetry ledger --missing" in line
        assert server.stop() == 0
        server.start()
        assert WARNING not in server.output.read_text()


def test_an_orderly_stop_loses_nothing_and_warns_of_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, NOWHERE) as server:
        assert server.post("", EVENT, X_Deven_Event="tooling-usage").status_code == 202
        assert server.stop(signal.SIGHUP) == 0
        assert emulators(tmp_path) == []
        assert not (tmp_path / ".telemetry" / "emulator.json").exists()
        server.start()
        assert WARNING not in server.output.read_text()
        assert server.health()["accepted"] == 1


def test_the_emulator_of_a_killed_server_is_adopted_with_its_queue(tmp_path: Path) -> None:
    with serving(tmp_path, NOWHERE) as server:
        assert server.post("", EVENT, X_Deven_Event="tooling-usage").status_code == 202
        before = emulator_url(server)
        server.stop(signal.SIGKILL)
        assert len(emulators(tmp_path)) == 1
        server.start()
        assert emulator_url(server) == before
        assert WARNING not in server.output.read_text()
        assert server.health()["accepted"] == 1
        assert server.stop() == 0
        assert emulators(tmp_path) == []


def test_an_emulator_on_another_port_is_replaced_with_its_queue(tmp_path: Path) -> None:
    from runtimes.local import wiring
    from tests.conftest import free_port

    with serving(tmp_path, NOWHERE) as server:
        assert server.post("", EVENT, X_Deven_Event="tooling-usage").status_code == 202
        server.stop(signal.SIGKILL)
        named = f"http://127.0.0.1:{free_port()}"
        emulator = Emulator(named, tmp_path / ".telemetry")
        emulator.start()
        try:
            assert len(emulators(tmp_path)) == 1
            clients = wiring.clients(named)
            queues = wiring.make_queues(clients.sqs, wiring.Settings())
            assert wiring.count_messages(clients.sqs, queues) == 1
        finally:
            emulator.stop()
