"""The dev server with AWS_ENDPOINT_URL at another emulator than MiniStack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtimes.local.wiring import Clients
from tests.e2e.server import Server
from tests.e2e.smoke.test_serve import test_a_delivery_becomes_the_record_where_it_belongs  # noqa: F401 (runs here, too)


@pytest.fixture
def server(moto: Clients, tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path, str(moto.sqs.meta.endpoint_url)).start()
    yield started
    assert started.stop() == 0
