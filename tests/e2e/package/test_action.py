"""The action's steps, run by bash in the order of action.yml against a fake GitHub, with the variables that a runner sets.

Its actions are done in their place: a Python, and a cache that is a folder. The installation is that of the report's workflow,
whose test installs for real; here `telemetry` is this source.
https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from core.clock import now
from fakes.github.response import error
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from tests.dashboard_data import page_data
from tests.environment import PATIENCE, inherited
from tests.github_history import DAY, add_deployment, add_pull, add_run

ROOT = Path(__file__).parents[3]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
NAME = "octo-org/hello-world"
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
INSTALL = "Install, with dependencies that are locked by hash"


class Run(NamedTuple):
    """What one run left: its outputs and its summary, and the log and exit code of its last script."""

    outputs: dict[str, str]
    summary: str
    log: str
    code: int


class Runner:
    """A runner of Actions; what is in `temp` stays from run to run, as the cache does."""

    def __init__(self, folder: Path) -> None:
        self.temp, self.workspace = folder / "temp", folder / "workspace"
        self.workspace.mkdir(parents=True)
        program = self.temp / "telemetry" / "venv" / "bin" / "telemetry"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m cli "$@"\n')
        program.chmod(0o755)

    def run(self, url: str, **inputs: str) -> Run:
        """Run the scripts of the action in order, until one fails."""
        context = {
            "github.repository": NAME,
            "github.token": "t",
            "runner.temp": str(self.temp),
            "steps.python.outputs.python-path": sys.executable,
        }
        context |= {f"inputs.{name}": evaluated(given["default"], context) for name, given in ACTION["inputs"].items()}
        context |= {f"inputs.{name}": value for name, value in inputs.items()}
        output, summary = self.temp / "output", self.temp / "summary"
        output.write_text("")
        summary.write_text("")
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or step["name"] == INSTALL:
                continue
            done = self._script(step, context, {"GITHUB_API_URL": url})
            if done.returncode != 0:
                return Run({}, summary.read_text(), done.stdout + done.stderr, done.returncode)
        lines = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return Run(lines, summary.read_text(), done.stdout + done.stderr, 0)

    def _script(
        self, step: Mapping[str, Any], context: Mapping[str, str], api: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell"""
        assert step["shell"] == "bash"
        environment = {
            **inherited(),
            "HOME": str(self.temp),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            **api,
            **{name: evaluated(value, context) for name, value in step["env"].items()},
        }
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, cwd=self.workspace, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )


def evaluated(value: str, context: Mapping[str, str]) -> str:
    """Replace the expressions of a value; an unknown one is a KeyError."""
    return EXPRESSION.sub(lambda match: context[match[1]], value)


@pytest.fixture(scope="module")
def fake() -> FakeGitHub:
    fake = FakeGitHub(token="t")
    repository = fake.state.repository(NAME)
    for number in range(1, 7):
        at = now() - (60 - 8 * number) * DAY
        add_pull(repository, number, at)
        add_run(repository, number, at)
        add_deployment(repository, number, at + DAY, "success")
    return fake


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner(tmp_path_factory.mktemp("action"))


@pytest.fixture(scope="module")
def incomplete(runner: Runner, fake: FakeGitHub) -> Iterator[Run]:
    """The first run, whose token has used up its requests of the hour at the check suites."""
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(now() // 1000 + 3000)}
    fake.fail_at("GET", r"/check-suites$", *[error(403, "API rate limit exceeded", reset)] * 500)
    (runner.workspace / ".env").write_text("STORE=odd\n")
    with serve(fake) as url:
        yield runner.run(url)
    fake.faults.__init__()  # type: ignore[misc]  # the hour is over


@pytest.fixture(scope="module")
def complete(runner: Runner, fake: FakeGitHub, incomplete: Run) -> Run:  # noqa: ARG001 (runs before)
    """The next run, which goes on, with a services.toml of the workspace."""
    (runner.workspace / "services.toml").write_text('[services.shop]\nrepositories = ["octo-org/hello-world"]\n')
    fake.faults.__init__()  # type: ignore[misc]  # the hour is over
    with serve(fake) as url:
        return runner.run(url, services="services.toml")


def test_a_run_without_enough_requests_says_so_everywhere(incomplete: Run, runner: Runner) -> None:
    assert (incomplete.code, incomplete.outputs["complete"]) == (0, "false"), incomplete.log
    assert incomplete.summary.startswith("> [!WARNING]\n> INCOMPLETE, so numbers may be wrong or absent.")
    assert "hourly limit" in incomplete.summary
    assert "::warning::the report is incomplete" in incomplete.log
    assert f"{NAME} \\(INCOMPLETE\\)" in incomplete.summary.partition("```\n\n")[2]
    page = page_data(Path(incomplete.outputs["dashboard"], "index.html").read_text())
    assert f"{NAME} (INCOMPLETE)" in page.text
    assert (runner.temp / "telemetry" / "work" / "records" / "octo-org").is_dir(), "what was read stays"


def test_the_report_of_an_earlier_step_stays(incomplete: Run, complete: Run) -> None:
    assert incomplete.outputs["json"] != complete.outputs["json"]
    assert "(INCOMPLETE)" in Path(incomplete.outputs["json"]).read_text()
    assert "(INCOMPLETE)" not in Path(complete.outputs["json"]).read_text()


def test_the_next_run_completes_the_report(complete: Run) -> None:
    assert (complete.code, complete.outputs["complete"]) == (0, "true"), complete.log
    assert "INCOMPLETE" not in complete.summary
    assert "Deployment frequency" in complete.summary
    assert complete.summary == Path(complete.outputs["markdown"]).read_text()
    report = json.loads(Path(complete.outputs["json"]).read_text())
    assert {number["service"] for number in report["numbers"]} == {"shop"}
    page = Path(complete.outputs["dashboard"]) / "index.html"
    assert page.read_text().startswith("<!doctype html>")


def test_every_output_of_the_action_is_set_by_its_step(complete: Run) -> None:
    named = {
        match[1]
        for output in ACTION["outputs"].values()
        if (match := re.fullmatch(r"\$\{\{ steps\.report\.outputs\.(.+) \}\}", output["value"]))
    }
    assert named == set(complete.outputs)
    assert set(ACTION["outputs"]) == named | {"artifact-url"}


def test_a_repository_that_the_token_cannot_see_fails_the_job(tmp_path: Path) -> None:
    with serve(FakeGitHub(token="t")) as url:
        done = Runner(tmp_path).run(url, repository="octo-org/typo")
    assert (done.code, done.summary) == (1, "")
    assert "no such repository" in done.log
    assert "::error::nothing to report on" in done.log


def test_a_link_out_of_the_workspace_is_no_services_file(tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    (tmp_path / "secret").write_text("s3cret")
    (runner.workspace / "services.toml").symlink_to(tmp_path / "secret")
    done = runner.run("http://127.0.0.1:9", services="services.toml")
    assert (done.code, "::error::services: not a file of the workspace" in done.log) == (1, True)
    assert not (runner.temp / "telemetry/work/records/services.toml").exists()


def test_the_installation_is_that_of_the_makefile() -> None:
    [script] = [step["run"] for step in ACTION["runs"]["steps"] if step.get("name") == INSTALL]
    assert script.startswith('rm -rf -- "$RUNNER_TEMP/telemetry/work"'), "records of another repository must not stay"
    makefile = (ROOT / "Makefile").read_text()
    locks = re.findall(r"(--require-hashes\S*)(.*) -r \"\$GITHUB_ACTION_PATH/(\S+)\"", script)
    assert [lock for _, _, lock in locks] == [
        "cli/pip-requirements.txt",
        "cli/build-requirements.txt",
        "cli/requirements.txt",
    ]
    assert all((ROOT / lock).is_file() for _, _, lock in locks)
    assert "--no-build-isolation --use-pep517 -r cli/requirements.txt" in makefile
    assert script.count("--require-hashes") == 3
    assert '--no-deps --no-build-isolation "$GITHUB_ACTION_PATH"' in script


def test_no_script_of_the_action_has_an_expression() -> None:
    """An input in a script would be code: https://docs.github.com/en/actions/reference/security/secure-use."""
    assert [step["run"] for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")] == []


def test_what_was_read_is_cached_under_the_key_that_the_next_run_looks_for() -> None:
    restore, save = (
        next(step for step in ACTION["runs"]["steps"] if f"actions/cache/{name}@" in step.get("uses", ""))
        for name in ("restore", "save")
    )
    assert restore["with"]["path"] == save["with"]["path"]
    assert restore["with"]["key"] == save["with"]["key"]
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert save["if"].startswith("always()")
    begins = {
        name: restore["with"]["restore-keys"].replace("${{ inputs.repository }}", name) for name in ("octo", "octo/a")
    }
    for other in ("octo/a-b", "octo/a.b", "octo-b/a", "octo/a"):
        key = save["with"]["key"].replace("${{ inputs.repository }}", other)
        assert [name for name, begin in begins.items() if key.startswith(begin)] == [other] * (other in begins)


def test_the_page_lists_the_inputs_and_outputs() -> None:
    page = (ROOT / "docs" / "ACTION.md").read_text()
    documented = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`.+?) \|", page, re.MULTILINE))))
    assert documented == set(ACTION["inputs"]) | set(ACTION["outputs"])
