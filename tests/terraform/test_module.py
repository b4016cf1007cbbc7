"""The module by itself: its own tests, which plan only and need no account, its format, and what it takes from the code."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.metrics import all_metrics
from tests.conftest import missing
from tests.environment import PATIENCE

ROOT = Path(__file__).parents[2] / "terraform"


def test_the_events_to_tick_are_those_that_the_metrics_listen_to() -> None:
    triggers = {metric.trigger.partition("::") for metric in all_metrics()}
    events = sorted(name for source, _, name in triggers if source == "github")
    assert json.loads((ROOT / "webhook_events.json").read_text()) == events


def terraform(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("terraform")
    if program is None:
        missing("Terraform", "install 1.11 or newer")
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TF_PLUGIN_DIR") if name in os.environ}
    return subprocess.run(
        [str(program), f"-chdir={folder}", *arguments],
        env={**environment, "TF_DATA_DIR": str(folder / ".data")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.terraform
def test_all_of_it_is_formatted() -> None:
    done = terraform(ROOT, "fmt", "-check", "-recursive")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Terraform leaves a lock file beside what it initializes: in a copy."""
    return Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("terraform") / "terraform"))


@pytest.mark.terraform
@pytest.mark.parametrize(("folder", "command"), [("aws", "test"), ("aws", "validate"), ("live/aws", "validate")])
def test_the_module_and_its_root_hold(folder: str, command: str, copied: Path) -> None:
    mirror = os.environ.get("TF_PLUGIN_DIR")
    from_mirror = [f"-plugin-dir={mirror}"] if mirror else []
    begun = terraform(copied / folder, "init", "-backend=false", "-input=false", "-no-color", *from_mirror)
    if "Failed to query available provider packages" in begun.stderr:
        pytest.skip(
            "Terraform's AWS provider is not to be had: reach a provider registry, or set TF_PLUGIN_DIR to a mirror"
        )
    assert begun.returncode == 0, begun.stderr
    done = terraform(copied / folder, command, "-no-color")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
