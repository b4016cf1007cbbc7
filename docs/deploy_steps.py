"""Extract the commands of docs/DEPLOY.md, for the emulator.

`python -m docs.deploy_steps` prints a bash script that echoes each command and runs it, with `local` in place of `aws`. Commands that need an
account of AWS or GitHub are echoed with the reason and not run. `.ci/follow-deploy` runs the script in a fresh clone.
"""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parent / "DEPLOY.md"
_FENCE = re.compile(r"^ *```console\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_ACCOUNT = {
    "aws ": "needs an account of AWS",
    ".venv/bin/telemetry webhook add": "needs a repository at GitHub, which reaches the webhook",
    ".venv/bin/telemetry doctor": "needs tokens of GitHub",
    "make policies-aws": "writes policies for an account of AWS; a test deploys with them",
}


class Step(NamedTuple):
    """A command of the page."""

    written: str
    command: str
    """What runs on the emulator."""
    skipped: str
    """Why it does not run there; empty if it does."""


def steps(page: str) -> Iterator[Step]:
    """Yield the commands of the fenced blocks that are marked `console`, in the order of the page."""
    for block in _FENCE.findall(page):
        for written in re.findall(r"^ *\$ (.+)$", block, re.MULTILINE):
            skipped = next((why for start, why in _ACCOUNT.items() if written.startswith(start)), "")
            yield Step(written, for_emulator(written), skipped)


def for_emulator(command: str) -> str:
    """Return a command for the environment `local` at the emulator."""
    command = re.sub(r"^(make \S+)-aws\b", r"\1-local", command)
    command = re.sub(r"^(\S*telemetry .*)\baws\b", r"\1local", command)
    return command.replace(" production.tfvars", " local.tfvars")


def script(page: str) -> str:
    """Return the bash script."""
    lines = ["set -euo pipefail"]
    for step in steps(page):
        if step.skipped:
            lines.append(f"echo {shlex.quote(f'# not run on the emulator ({step.skipped}): {step.written}')}")
        else:
            lines += [f"echo {shlex.quote(f'$ {step.command}')}", step.command]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(script(PAGE.read_text()))
