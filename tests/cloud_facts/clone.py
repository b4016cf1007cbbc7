"""A throw-away clone of the last commit, with an environment of its own in which the clone's packages are imported."""

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.cloud_facts.table import Edit

ROOT = Path(__file__).parents[2]
_KEPT = ("PATH", "HOME", "CI", "TF_PLUGIN_DIR", "PIP_FIND_LINKS", "PIP_CERT", "PIP_INDEX_URL")
_SHARED = (".venv-emulator", "tests/npm/node_modules")
_FRAME = " \u2577\u2502\u2575"
"""What Terraform draws around its errors."""
_LIMIT = 3600
"""Seconds after which a test hangs: a deployment to the emulator beside other work takes ten minutes."""


class Outcome(NamedTuple):
    """The end of one run of pytest."""

    kind: str
    """`green`, `red`, `skipped`, or `broken`: the test was not found, or pytest itself failed."""
    text: str
    """The first line of the failure, or why nothing was run."""


class Clone:
    """The clone, whose edits are undone after each run."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "repository"
        self._git("clone", "--quiet", "--local", str(ROOT), str(self._root), cwd=ROOT)
        for name in _SHARED:
            if (ROOT / name).exists():
                (self._root / name).symlink_to(ROOT / name)
        venv = self._root / ".venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=_LIMIT)
        self._python = venv / "bin" / "python"
        [packages] = venv.glob("lib/python*/site-packages")
        # The paths in this file are added in this order, and the .pth files of the second folder are not read: its editable install
        # of ROOT is not found.
        (packages / "clone.pth").write_text(f"{self._root}\n{sysconfig.get_paths()['purelib']}\n")

    def run(self, test: str, edits: tuple[Edit, ...] = ()) -> Outcome:
        """Run one test, with these edits."""
        try:
            for edit in edits:
                edit.apply(self._root)
            return self._pytest(test)
        finally:
            self._git("checkout", "--quiet", "--", ".", cwd=self._root)

    def _pytest(self, test: str) -> Outcome:
        command = [str(self._python), "-m", "pytest", "-q", "-rs", "--no-header", "-p", "no:cacheprovider", test]
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        done = subprocess.run(
            command,
            cwd=self._root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
        return outcome(done.returncode, done.stdout)

    @staticmethod
    def _git(*arguments: str, cwd: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        subprocess.run(["git", *arguments], cwd=cwd, env=environment, check=True, timeout=_LIMIT)


@contextmanager
def cloned() -> Iterator[Clone]:
    """Provide a clone, and remove it."""
    with TemporaryDirectory(prefix="cloud-facts-") as folder:
        yield Clone(Path(folder).resolve())


def outcome(code: int, output: str) -> Outcome:
    """Return the outcome of pytest by its exit code: https://docs.pytest.org/en/stable/reference/exit-codes.html."""
    if code == 1:
        lines = [line.strip(_FRAME) for line in re.findall(r"^E +(\S.*)$", output, re.MULTILINE)]
        return Outcome("red", " ".join([line for line in lines if line][:3]) or "failed")
    skipped = re.findall(r"^SKIPPED \[\d+\] (?:\S+: )?(.*)$", output, re.MULTILINE)
    if code == 0 and not re.search(r"\d+ passed", output):
        return Outcome("skipped", skipped[0] if skipped else "no test was run")
    lines = output.strip().splitlines()
    return Outcome("green" if code == 0 else "broken", lines[-1] if lines else f"exit code {code}")
