"""`telemetry webhook`, as an operator runs it, against a GitHub of other people's making."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dotenv
import pytest
import requests
from typer.testing import CliRunner, Result

from cli.app import app
from core.metrics import events_of_github
from tests.environment import PATIENCE
from tests.github_emulator import OWNER, TOKEN, GitHubEmulator

pytestmark = pytest.mark.npm
URL = "https://telemetry.example.com/telemetry"
Run = Callable[..., Result]


@pytest.fixture(params=["repository", "organisation"])
def owner(request: pytest.FixtureRequest, github: GitHubEmulator) -> str:
    """An owner of webhooks of the test's own."""
    if request.param == "organisation":
        for hook in hooks(github, OWNER):
            asked(github, "DELETE", f"/orgs/{OWNER}/hooks/{hook['id']}")
        return OWNER
    name = f"hooked-{os.urandom(4).hex()}"
    asked(github, "POST", f"/orgs/{OWNER}/repos", {"name": name, "auto_init": True})
    return f"{OWNER}/{name}"


@pytest.fixture
def run(github: GitHubEmulator) -> Run:
    """Run a command in this process, in the test's own folder."""

    def ran(*arguments: str, command: str = "webhook", **more: str) -> Result:
        environment = {
            "GITHUB_API_URL": github.url,
            "GITHUB_ACCESS_TOKEN": TOKEN,
            "GITHUB_WEBHOOK_SECRET": "newer",
            "WEBHOOK_URL": URL,
            **more,
        }
        return CliRunner().invoke(app, [command, *arguments], env=environment)

    return ran


def asked(github: GitHubEmulator, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = requests.request(method, f"{github.url}{path}", json=body, headers=headers, timeout=PATIENCE)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def hooks(github: GitHubEmulator, owner: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = asked(github, "GET", f"/{'repos' if '/' in owner else 'orgs'}/{owner}/hooks")
    return listed


def test_a_webhook_is_created_checked_and_removed(github: GitHubEmulator, owner: str, run: Run) -> None:
    missing = run("check", owner)
    assert (missing.exit_code, missing.stdout) == (1, f"{owner} has no webhook for {URL}\n")
    result = run("add", owner)
    assert (result.exit_code, result.stderr) == (0, "")
    [hook] = hooks(github, owner)
    assert (hook["active"], sorted(hook["events"])) == (True, list(events_of_github()))
    assert (hook["config"]["url"], hook["config"]["content_type"]) == (URL, "json")
    assert f"the webhook {hook['id']} of {owner} was created" in result.stdout
    assert "newer" not in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Next: `telemetry doctor`")
    right = run("check", owner)
    assert (right.exit_code, right.stdout) == (0, "it is correct\n")
    assert URL in run("list", owner).stdout
    removed = run("remove", owner).stdout.splitlines()
    assert removed == [f"the webhook {hook['id']} of {owner} is removed", ".env: set WATCHED_HOOKS"]
    assert hooks(github, owner) == []
    assert run("remove", owner).stdout == f"{owner} has no webhook for {URL}\n"


def test_doctor_sees_the_webhook_that_was_just_created(owner: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"WATCHED_HOOKS={OWNER}/another\nSTORE=github\nREPO_OWNER={OWNER}\nREPO_NAME=data\n")
    added = run("add", owner, "--url", URL, WEBHOOK_URL="")
    assert (added.exit_code, added.stderr) == (0, ""), "the data token is not needed"
    assert ".env: set WEBHOOK_URL, WATCHED_HOOKS" in added.stdout
    written = dotenv.dotenv_values(tmp_path / ".env")
    assert (written["WEBHOOK_URL"], written["WATCHED_HOOKS"]) == (URL, f"{OWNER}/another,{owner}")
    found = run(command="doctor", WEBHOOK_URL="", WATCHED_HOOKS=owner)
    assert f"{owner}: the webhook is correct" in found.stdout
    assert "set REPO_WRITE_ACCESS_TOKEN in .env" in found.stdout
    assert found.stdout.splitlines()[-1] == "Next: follow the remedies, then run `telemetry doctor` again"


def test_what_is_wrong_is_named_and_add_sets_it_right(github: GitHubEmulator, owner: str, run: Run) -> None:
    path = f"/{'repos' if '/' in owner else 'orgs'}/{owner}/hooks"
    config = {"url": URL, "content_type": "form", "insecure_ssl": "1"}
    hook = {"name": "web", "active": False, "events": ["push", "check_suite"], "config": config}
    id = asked(github, "POST", path, hook)["id"]
    checked = run("check", owner)
    lacking = ", ".join(name for name in events_of_github() if name not in hook["events"])
    assert checked.exit_code == 1
    assert "create, deployment" in lacking
    assert checked.stdout.splitlines() == [
        "it is inactive: GitHub sends nothing",
        "its content type is form, not json: it works, but each event is a third longer",
        "it does not verify our certificate (insecure_ssl)",
        f"it lacks the events {lacking}: their metrics stay empty",
        "it sends events that no metric wants: push",
    ]
    added = run("add", owner).stdout.splitlines()
    assert added[0] == f"the webhook {id} of {owner} has the right settings; GitHub sends it a ping"
    assert run("check", owner).exit_code == 0
    assert len(hooks(github, owner)) == 1


def test_a_foreign_webhook_is_not_changed(github: GitHubEmulator, owner: str, run: Run) -> None:
    path = f"/{'repos' if '/' in owner else 'orgs'}/{owner}/hooks"
    theirs = {"url": "https://ci.example.com/hook", "content_type": "json"}
    id = asked(github, "POST", path, {"name": "web", "events": ["push"], "config": theirs})["id"]
    run("add", owner)
    run("remove", owner)
    assert [hook["id"] for hook in hooks(github, owner)] == [id]


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "says"),
    [
        (("mend", "octo-org"), {}, 2, "unknown action 'mend'"),
        (("add", "octo-org"), {"WEBHOOK_URL": ""}, 2, "which URL? Say --deployed aws, or --url"),
        (("add", f"{OWNER}/hello-world"), {"GITHUB_WEBHOOK_SECRET": ""}, 2, "which secret? Say --deployed aws"),
        (
            ("check", "nobody/nothing"),
            {},
            1,
            "there is no such repository, or the token may not administer its webhooks",
        ),
        (("add", "https://github.com/octo-org"), {}, 2, "whose webhook? Name OWNER/NAME"),
        (("add", "octo-org/a/b"), {}, 2, "whose webhook? Name OWNER/NAME"),
        (("add", "@app"), {}, 2, "the App's webhook is changed on the App's page"),
        (
            ("add", "octo-org", "--url", "http://127.0.0.1:8080/telemetry"),
            {"GITHUB_API_URL": "https://api.github.com"},
            1,
            "GitHub cannot reach http://127.0.0.1:8080/telemetry, an address of this machine",
        ),
    ],
)
def test_a_missing_requirement_is_one_line(
    arguments: tuple[str, ...], environment: dict[str, str], code: int, says: str, run: Run
) -> None:
    ran = run(*arguments, **environment)
    assert (ran.exit_code, ran.stdout) == (code, "")
    assert says in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
