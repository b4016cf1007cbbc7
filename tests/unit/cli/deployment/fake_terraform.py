"""A stand-in for the program `terraform`: it records its arguments and variables, and answers as a test wrote down."""

import json
from pathlib import Path
from typing import Any

_SCRIPT = """#!/bin/sh
folder='{folder}'
command=$2
{{ for argument; do printf '%s\\n' "$argument"; done; echo; }} >> "$folder/calls"
env > "$folder/environment"
[ -z "$(cat "$folder/$command.creates" 2>/dev/null)" ] || for argument; do
  case $argument in -out=*) echo plan > "${{argument#-out=}}";; esac
done
cat "$folder/$command.out" 2>/dev/null
cat "$folder/$command.err" >&2 2>/dev/null
exit "$(cat "$folder/$command.code" 2>/dev/null || echo 0)"
"""


class FakeTerraform:
    """The program in `folder/bin`; commands that a test says nothing about succeed without output."""

    def __init__(self, folder: Path, version: str = "1.11.0") -> None:
        self.path = folder / "bin"
        """The folder for PATH."""
        self._folder = folder / "fake"
        self._folder.mkdir()
        self.path.mkdir()
        program = self.path / "terraform"
        program.write_text(_SCRIPT.format(folder=self._folder))
        program.chmod(0o755)
        self.answer("version", {"terraform_version": version})

    def answer(self, command: str, output: Any = "", *, code: int = 0, errors: str = "") -> None:
        """Set what a command prints (JSON, or text) and its exit code."""
        text = output if isinstance(output, str) else json.dumps(output)
        for suffix, content in (("out", text), ("err", errors), ("code", str(code))):
            (self._folder / f"{command}.{suffix}").write_text(content)

    def creates_plan(self, command: str = "plan") -> None:
        """Let a command write the file that its argument -out names."""
        (self._folder / f"{command}.creates").write_text("yes")

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call, without those of `terraform version`."""
        path = self._folder / "calls"
        calls = [call.splitlines() for call in path.read_text().split("\n\n") if call] if path.exists() else []
        return [call for call in calls if call[1] != "version"]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the latest call."""
        lines = (self._folder / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)
