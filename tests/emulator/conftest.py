"""A second emulator of AWS: moto's server, which shares no code with MiniStack. https://docs.getmoto.org/en/latest/docs/server_mode.html"""

import subprocess
from collections.abc import Iterator

import pytest

from runtimes.local import wiring
from runtimes.local.emulator.environment import VENV
from tests.conftest import answers, free_port, missing
from tests.e2e.server import wait_for
from tests.environment import PATIENCE, inherited

MOTO = VENV.with_name(".venv-moto") / "bin" / "moto_server"


@pytest.fixture(scope="session")
def moto() -> Iterator[wiring.Clients]:
    """Clients of a moto server of the tests' own, as AWS_ENDPOINT_URL would name it."""
    if not MOTO.exists():
        missing("moto", "`make .venv-moto/.ready` installs it")
    port = free_port()
    process = subprocess.Popen(
        [MOTO, "-H", "127.0.0.1", "-p", str(port)],
        env=inherited(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: answers(port) or process.poll() is not None, "moto")
        assert process.poll() is None, "moto ended"
        yield wiring.clients(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(PATIENCE)
