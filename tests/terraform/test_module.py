"""The module by itself: its own tests, which plan only and need no account, its format, and what it takes from the code."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.jobs import all_jobs
from core.metrics import all_metrics
from docs import providers
from tests.conftest import missing
from tests.environment import GO_PROGRAMS, PATIENCE
from tests.terraform.provider_process import provider_process

ROOT = Path(__file__).parents[2] / "terraform"


def test_the_events_to_tick_are_those_that_the_metrics_listen_to() -> None:
    triggers = {metric.trigger.partition("::") for metric in all_metrics()}
    events = sorted(name for source, _, name in triggers if source == "github")
    assert json.loads((ROOT / "webhook_events.json").read_text()) == events


def test_every_job_has_a_schedule_and_every_schedule_a_job() -> None:
    assert set(json.loads((ROOT / "schedules.json").read_text())) == set(all_jobs())


@pytest.mark.parametrize("job", all_jobs())
def test_a_schedule_is_valid_on_both_clouds(job: str) -> None:
    row = json.loads((ROOT / "schedules.json").read_text())[job]
    assert set(row) == {"cron", "alarm_hours", "enabled"}
    minute, hour, day, month, weekday = row["cron"].split(" ")
    assert re.fullmatch(r"[0-9*/,-]+", minute + hour + day + month)
    # EventBridge Scheduler counts days of the week from 1, Cloud Scheduler from 0, and the former takes only one of the two days
    assert re.fullmatch(r"\*|(SUN|MON|TUE|WED|THU|FRI|SAT)([,-](SUN|MON|TUE|WED|THU|FRI|SAT))*", weekday)
    assert "*" in (day, weekday)
    assert 2 <= row["alarm_hours"] <= 168
    assert row["enabled"] in (True, False)


def terraform(folder: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("terraform")
    if program is None:
        missing("Terraform", "install 1.11 or newer")
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TF_PLUGIN_DIR") if name in os.environ}
    return subprocess.run(
        [str(program), f"-chdir={folder}", *arguments],
        env={**environment, **GO_PROGRAMS, "TF_DATA_DIR": str(folder / ".data"), **more},
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
    [selected] = re.findall(
        r'^  version += "(.*)"$', (copied / folder / ".terraform.lock.hcl").read_text(), re.MULTILINE
    )
    assert (selected,) == providers.versions("aws")
    with provider_process(copied / folder / ".data", "aws") as provider:
        done = terraform(copied / folder, command, "-no-color", **provider)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
