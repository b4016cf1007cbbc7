import re
import subprocess
from pathlib import Path

import pytest

from docs.deploy_steps import PAGE, for_emulator, script, steps
from tests.environment import PATIENCE

ROOT = Path(__file__).parents[3]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
STEPS = list(steps(PAGE.read_text()))


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("make deploy-aws", "make deploy-local"),
        (".venv/bin/telemetry secrets aws --show", ".venv/bin/telemetry secrets local --show"),
        (
            "cp terraform/examples/aws/minimal.tfvars production.tfvars",
            "cp terraform/examples/aws/minimal.tfvars local.tfvars",
        ),
        ("export AWS_REGION=eu-west-1", "export AWS_REGION=eu-west-1"),
    ],
)
def test_a_command_is_translated_for_the_emulator(written: str, command: str) -> None:
    assert for_emulator(written) == command


def test_the_page_deploys_sets_secrets_checks_and_destroys() -> None:
    run = [step.command for step in STEPS if not step.skipped]
    wanted = [f"make {name}-local" for name in ("plan", "deploy", "secrets", "smoke", "logs", "destroy")]
    assert [command for command in run if command in wanted] == wanted
    assert {command.split()[1] for command in run if command.startswith("make ")} <= TARGETS


def test_only_commands_that_need_an_account_are_skipped() -> None:
    assert [step.written for step in STEPS if step.skipped] == [
        "aws sso login",
        ".venv/bin/telemetry webhook add octo-org/hello-world --deployed aws",
        ".venv/bin/telemetry doctor aws",
        "make policies-aws",
    ]


def test_the_script_prints_each_command_before_it_runs() -> None:
    page = "   ```console\n   $ echo 'one' 'two'\n   output\n   $ aws sso login\n   ```\n\n```sh\nexit 1\n```\n"
    done = subprocess.run(["bash", "-c", script(page)], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.stdout == (
        "$ echo 'one' 'two'\none two\n# not run on the emulator (needs an account of AWS): aws sso login\n"
    )
