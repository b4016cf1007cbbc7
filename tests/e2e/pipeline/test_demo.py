"""`make demo`, as somebody meets it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.demo import timeline
from tests.conftest import free_port
from tests.e2e.server import Server, records, without_volatile
from tests.environment import PATIENCE, inherited
from warehouse.measures import measures


def demo(folder: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", "demo", *arguments],
        cwd=folder,
        env={**inherited(), "HOME": str(folder), **more},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Ran(NamedTuple):
    """A demo that several tests read."""

    folder: Path
    """Its working folder, which no test changes."""
    stdout: str


@pytest.fixture(scope="module")
def three_weeks(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return a demo in its own folder."""
    folder = tmp_path_factory.mktemp("three_weeks")
    done = demo(folder, "--weeks", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    return Ran(folder, done.stdout)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return a demo in another folder than its own."""
    folder = tmp_path_factory.mktemp("one_week")
    done = demo(folder, "--weeks", "1", "--folder", "elsewhere")
    assert done.returncode == 0, done.stdout + done.stderr
    return Ran(folder, done.stdout)


def files(folder: Path) -> dict[str, bytes]:
    outputs = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in outputs}


def test_the_demo_stores_every_fact_and_a_second_one_leaves_the_same_files(three_weeks: Ran, tmp_path: Path) -> None:
    shutil.copytree(three_weeks.folder, tmp_path, dirs_exist_ok=True)
    before = files(tmp_path / "telemetry-demo")
    second = demo(tmp_path, "--weeks", "3")
    after = files(tmp_path / "telemetry-demo")

    assert second.returncode == 0, second.stdout + second.stderr
    assert sorted(before) == sorted(after)
    assert {name: text for name, text in before.items() if "_system" in name} == {
        name: text for name, text in after.items() if "_system" in name
    }
    assert before["services.toml"] == after["services.toml"]  # beside the records, and no difference from the story
    ours = [
        {name: json.loads(text) for name, text in all.items() if name.endswith(".json") and "_system" not in name}
        for all in (before, after)
    ]
    assert without_volatile(ours[0]) == without_volatile(ours[1])
    assert Counter(record["metric_signature"] for record in ours[0].values()) == timeline.generate(weeks=3).expected
    assert min(name for name in before if "_system" in name).startswith("_system/receipts/")


def test_the_demo_ends_with_a_table_and_what_to_look_at_next(elsewhere: Ran) -> None:
    rows = re.findall(r"^ ([a-z-]+) +(\d+) +(\d+) +elsewhere/", elsewhere.stdout, re.MULTILINE)
    assert {metric: int(count) for metric, count, _ in rows} == timeline.generate(weeks=1).expected
    assert all(expected == stored for _, expected, stored in rows)
    look = elsewhere.stdout.split("Look at next:\n")[1].partition("\n\n")[0].splitlines()
    path = look[0].split()[1]
    assert json.loads((elsewhere.folder / path).read_text())["metric_signature"] == "deployment"
    assert "docs/GITHUB.md" in look[-1]


def test_the_demo_ends_with_doras_five_and_the_address_of_the_dashboard(three_weeks: Ran) -> None:
    report = three_weeks.stdout.split("docs/GITHUB.md")[1]
    places = re.findall(r"^([\w-]+ · [\w-]*production.*)$", report, re.MULTILINE)
    assert {
        "infrastructure · production",
        "payments · production-eu",
        "payments · production-us",
        "shop-api · api-production · team shop",
        "shop-web · web-production · team shop",
    } <= set(places)
    five = [measure.title for measure in measures() if measure.is_dora]
    assert len(five) == 5
    assert [title for title in five if f"\n{title} " not in report] == []
    assert re.search(r"Change lead time .* \d+ of \d+ known", report)
    page = three_weeks.folder / "telemetry-demo-report" / "dashboard.html"
    assert three_weeks.stdout.splitlines()[-1] == f"The dashboard: {page.as_uri()}"
    assert page.read_text().startswith("<!doctype html>")


def test_a_report_of_the_folder_has_the_numbers_of_the_demo(three_weeks: Ran, tmp_path: Path) -> None:
    shutil.copytree(three_weeks.folder, tmp_path, dirs_exist_ok=True)
    printed = three_weeks.stdout.split("docs/GITHUB.md")[1].partition("What is unknown")[0].splitlines()[4:]
    command = shlex.split(re.search(r"^  (telemetry report .*?)   ", three_weeks.stdout, re.MULTILINE)[1])  # type: ignore[index]
    again = subprocess.run(
        [sys.executable, "-m", "cli", *command[1:]],
        cwd=tmp_path,
        env={**inherited(), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert len(printed) > 20
    assert [line for line in printed if line not in again.stdout.splitlines()] == []
    assert again.stderr == "services: telemetry-demo/services.toml\n"


def test_the_demo_is_sent_to_a_running_server_that_reads_from_its_github(tmp_path: Path) -> None:
    port = free_port()
    environment = {"GITHUB_API_URL": f"http://127.0.0.1:{port}", "ENVIRONMENT_ID": "demorun"}
    running = Server(tmp_path, "", environment, "serve --queue sqlite").start()
    try:
        sent = f"--weeks 1 --url {running.url}/telemetry --github-port {port}".split()
        ran = demo(tmp_path, *sent, GITHUB_WEBHOOK_SECRET="It's a Secret to Everybody")
    finally:
        running.stop()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "every fact is there, each once" in ran.stdout
    assert ran.stdout.splitlines()[-1] == f"The dashboard: {running.url}/"
    assert not list(tmp_path.glob("*-report"))
    stored = records(tmp_path / "telemetry-data")
    assert Counter(record["metric_signature"] for record in stored.values()) == timeline.generate(weeks=1).expected


def test_records_of_another_seed_are_named_and_fail_the_demo(elsewhere: Ran, tmp_path: Path) -> None:
    shutil.copytree(elsewhere.folder, tmp_path, dirs_exist_ok=True)
    assert "every fact is there, each once, and nothing else" in elsewhere.stdout
    second = demo(tmp_path, "--weeks", "1", "--folder", "elsewhere", "--seed", "2")
    assert second.returncode == 1
    assert "every fact is there" not in second.stdout
    assert re.search(r"^\d+ surplus record\(s\).* in elsewhere/: octo-org/", second.stderr, re.MULTILINE)
    assert "--folder" in second.stderr


def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--url", f"http://127.0.0.1:{free_port()}/telemetry", GITHUB_WEBHOOK_SECRET="x")
    assert ran.returncode == 1
    assert "is `make run` running?" in ran.stderr
