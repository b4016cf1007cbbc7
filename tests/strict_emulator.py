"""Starts an emulator of AWS that decides by IAM, as `make deploy-local` does, with a root key made for its folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtimes.local.emulator import credentials
from runtimes.local.emulator.credentials import Credentials
from runtimes.local.emulator.emulator import ALL, Emulator
from runtimes.local.emulator.environment import VENV
from tests.conftest import missing


@contextmanager
def strict_emulator(state: Path, *, ephemeral: bool = True) -> Iterator[tuple[Emulator, Credentials]]:
    """Yield a running emulator and its root key; `ephemeral` keeps no state beyond the process."""
    if not (VENV / "bin" / "python").exists():
        missing("MiniStack", "`make setup` installs it")
    root = credentials.ensure(state)
    emulator = Emulator(state=state, services=ALL, root=root, ephemeral=ephemeral)
    emulator.start()
    try:
        yield emulator, root
    finally:
        emulator.stop()
