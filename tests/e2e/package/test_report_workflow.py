"""The workflow of a data repository, run by hand in a clone of one, with nothing but what it installs.

What its actions do is done in their place: a shallow checkout that keeps no credentials, and a cache that is a folder. Its
scripts run as they are, in bash as GitHub runs them.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from cli.publishing import workflow as report_workflow
from docs import release
from tests import demo_records
from tests.dashboard_data import page_data
from tests.environment import PATIENCE

OWN = "# Deliveries of octo-org\n\nAsk #devex.\n"
MAIL = ("-c", "user.name=worker", "-c", "user.email=worker@example.org")


class Run(NamedTuple):
    """What came of one run."""

    output: str
    head: str
    """The commit of the data repository's branch, afterwards."""


class Runner:
    """A runner of Actions: what it checks out, keeps and starts."""

    def __init__(self, folder: Path, origin: Path, workflow: dict[str, Any], address: str) -> None:
        self.folder = folder
        self.temp = folder / "temp"
        self._origin = origin
        self._workflow = workflow
        self._address = address

    def run(self, before_push: str = "true") -> Run:
        """All steps of the job; what is installed once stays, as each run would install the same."""
        clone = self.folder / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        git("clone", "--quiet", "--depth", "1", f"file://{self._origin}", str(clone))
        output = ""
        for step in self._workflow["jobs"]["report"]["steps"]:
            installed = step.get("name", "").startswith("Install") and (self.temp / "venv").is_dir()
            if "run" not in step or installed:
                continue
            if step["name"].startswith("Commit"):
                subprocess.run(["bash", "-ec", before_push], cwd=clone, env=self._environment, check=True)
            output += self._script(step["run"], clone)
        return Run(output, git("rev-parse", "main", cwd=self._origin))

    def _script(self, script: str, clone: Path) -> str:
        """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell"""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=clone,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def _environment(self) -> dict[str, str]:
        """A fresh machine's, but for where packages come from; `python` is the one that setup-python would give."""
        from_here = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
        python = self.folder / "python"
        return {
            **from_here,
            "PATH": f"{python}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "RUNNER_TEMP": str(self.temp),
            "RELEASE": self._address,
            "BRANCH": "main",
            "PAGES": "",
            "TOKEN": "unused",
            "GITHUB_REPOSITORY": "octo-org/telemetry-data",
            "GITHUB_API_URL": "https://api.github.com",
        }


def git(*words: str, cwd: Path | None = None) -> str:
    done = subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """As `make release` writes it, and where the release is."""
    folder = tmp_path_factory.mktemp("release")
    release.put_installable(folder)
    written = report_workflow.render(report_workflow.address("1.2.3"), release.put_sums(folder))
    return yaml.safe_load(written), f"file://{folder}"


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory, workflow: tuple[dict[str, Any], str]) -> Runner:
    folder = tmp_path_factory.mktemp("actions")
    python = folder / "python"
    python.mkdir()
    (python / "python").symlink_to(os.path.realpath(sys.executable))
    (folder / "temp").mkdir()
    return Runner(folder, data_repository(folder), *workflow)


def data_repository(folder: Path) -> Path:
    """A bare one, with the records of the demo's team and a README of its own."""
    work, origin = folder / "work", folder / "origin.git"
    demo_records.store(work, weeks=2, end=demo_records.recently())
    (work / "README.md").write_text(OWN)
    git("init", "--quiet", "--initial-branch", "main", str(work))
    commit(work, "Records")
    git("clone", "--quiet", "--bare", str(work), str(origin))
    git("config", "uploadpack.allowReachableSHA1InWant", "true", cwd=origin)  # as GitHub
    return origin


def commit(work: Path, message: str) -> None:
    git("add", "--all", cwd=work)
    git(*MAIL, "commit", "--quiet", "--message", message, cwd=work)


def at(runner: Runner, path: str, revision: str = "main") -> str:
    return git("show", f"{revision}:{path}", cwd=runner._origin)


def test_a_manual_run_commits_the_report_once_and_keeps_other_text(runner: Runner) -> None:
    before = git("rev-parse", "main", cwd=runner._origin)

    first = runner.run()
    readme = at(runner, "README.md", first.head)
    assert readme.startswith(OWN + "\n<!-- telemetry report ")
    assert "# How we deliver" in readme
    assert "\n| Deployment frequency | " in readme
    assert "in octo-org/telemetry-data;" in readme
    assert git("rev-list", "--count", f"{before}..{first.head}", cwd=runner._origin) == "1"
    assert git("diff", "--name-only", before, first.head, cwd=runner._origin) == "README.md"
    assert git("log", "-1", "--format=%an: %s", first.head, cwd=runner._origin) == "github-actions[bot]: Report"
    assert "octo-org/payments" in page_data((runner.temp / "site" / "index.html").read_text()).text

    second = runner.run()
    assert (second.head, "nothing new: the README stays as it is" in second.output) == (first.head, True)
    assert ("0 new files" in first.output, "0 new files" in second.output) == (False, True)


def test_the_report_is_rebased_on_commits_of_the_worker(runner: Runner) -> None:
    work = runner.folder / "worker"
    git("clone", "--quiet", str(runner._origin), str(work))
    record = next(work.glob("octo-org/payments/deployment-status/*/*.json"))
    calls = json.loads(record.read_text())
    calls["output"]["environment"] = "production-eu"
    calls["id"] = calls["id"].replace(record.stem, "1-1")
    (record.parent / "1-1.json").write_text(json.dumps(calls))
    commit(work, "A new record")
    git("push", "--quiet", "origin", "HEAD:main", cwd=work)
    faster = (
        f"git clone --quiet {runner._origin} {runner.folder}/faster && cd {runner.folder}/faster && echo 1 >later.txt"
        f" && git add later.txt && git {' '.join(MAIL)} commit --quiet -m Later && git push --quiet origin HEAD:main"
    )

    done = runner.run(before_push=faster)

    assert "new records came meanwhile: the README goes on top of them" in done.output
    subjects = git("log", "-3", "--format=%s", done.head, cwd=runner._origin).splitlines()
    assert subjects == ["Report", "Later", "A new record"]
    assert at(runner, "later.txt", done.head) == "1"


def test_a_damaged_database_is_rebuilt_by_the_next_merge(runner: Runner) -> None:
    database = runner.temp / "warehouse" / "telemetry.duckdb"
    database.parent.mkdir(exist_ok=True)
    database.write_bytes(b"half of it")
    done = runner.run()
    assert "telemetry.duckdb cannot be used" in done.output
    assert "# How we deliver" in at(runner, "README.md", done.head)
    assert database.stat().st_size > 100_000


def test_a_release_of_other_bytes_is_not_installed(
    tmp_path: Path, runner: Runner, workflow: tuple[dict[str, Any], str]
) -> None:
    output, address = workflow
    other = tmp_path / "release"
    shutil.copytree(address.removeprefix("file://"), other)
    (wheel,) = other.glob("*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"x")
    (tmp_path / "python").symlink_to(runner.folder / "python")
    tampered = Runner(tmp_path, runner._origin, output, f"file://{other}")
    tampered.temp.mkdir()
    with pytest.raises(AssertionError, match="computed checksum did NOT match"):
        tampered.run()
    assert not (tampered.temp / "venv").exists()
