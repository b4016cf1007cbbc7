"""One deployment, one App, two organisations: against a GitHub of other people's making."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from core.errors import PermanentError
from core.github.api import pooled_session
from core.github.app import GitHubApp
from core.handler import process
from core.secrets_cache import APP_KEY, SecretsCache
from core.stores.directory import DirectoryStore
from tests.builders import NOW, processing, signed
from tests.environment import PATIENCE, inherited
from tests.github_emulator import OWNER, SOURCE, GitHubEmulator
from tests.memory_adapters import MemorySecrets

pytestmark = pytest.mark.npm
APP_ID, OTHER = "4711", "acme"
_MORE = """
  apps:
    - app_id: {app}
      slug: telemetry
      name: Telemetry
      private_key: |
{key}
      permissions: {{metadata: read, contents: read, pull_requests: read, deployments: read}}
      events: [check_suite, pull_request]
      installations:
        - {{installation_id: 101, account: octo-org}}
        - {{installation_id: 102, account: acme}}
"""


@pytest.fixture(scope="module")
def key() -> str:
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="module")
def hub(key: str, npm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubEmulator]:
    assert npm
    organisation = f"\n    - login: {OTHER}\n      name: Acme\n      members: [{{login: octocat, role: admin}}]\n"
    repository = f"\n    - owner: {OTHER}\n      name: rocket\n      private: true\n      auto_init: true\n"
    more = _MORE.format(app=APP_ID, key=indent(key.strip(), "        "))
    emulator = GitHubEmulator(tmp_path_factory.mktemp("app"), more, organisations=organisation, repositories=repository)
    emulator.start()
    yield emulator
    emulator.stop()


@pytest.fixture
def app(hub: GitHubEmulator, key: str) -> GitHubApp:
    secrets = SecretsCache(MemorySecrets({APP_KEY: key}))
    return GitHubApp(pooled_session(), secrets, APP_ID, hub.url)


def test_it_is_installed_for_both(app: GitHubApp) -> None:
    assert {installation.account for installation in app.installations()} == {OWNER, OTHER}


def test_an_event_of_each_is_collected_with_that_organisation_s_own_token(
    app: GitHubApp, hub: GitHubEmulator, tmp_path: Path
) -> None:
    events = [
        signed("github::pull_request", merged(hub, OWNER, SOURCE), received_at=NOW),
        signed("github::pull_request", merged(hub, OTHER, "rocket"), received_at=NOW),
    ]
    outcomes = process(events, processing(DirectoryStore(str(tmp_path)), app))
    assert [outcome.result for outcome in outcomes] == ["stored", "stored"]
    records = [json.loads(path.read_text()) for path in tmp_path.rglob("commits-per-pr/**/*.json")]
    commits = {(record["owner"], record["status"], record["output"]["commits"]["amount"]) for record in records}
    assert commits == {(OWNER, "success", 2), (OTHER, "success", 2)}  # emulate counts the commit it branched from, too
    assert app.tokens(OWNER).get("") != app.tokens(OTHER).get("")


def test_what_it_is_not_installed_for_is_named(app: GitHubApp) -> None:
    with pytest.raises(Exception, match="the GitHub App is not installed for nobody"):
        list(app.pages("/repos/nobody/nothing/commits"))
    with pytest.raises(PermanentError, match="404"):
        app.object(f"/repos/{OTHER}/no-such")


def test_an_operator_runs_a_job_with_it(hub: GitHubEmulator, key: str, tmp_path: Path) -> None:
    environment = {
        **inherited(),
        "GITHUB_API_URL": hub.url,
        "GITHUB_APP_ID": APP_ID,
        "GITHUB_APP_PRIVATE_KEY": key.strip().replace("\n", "\\n"),
    }

    def run(**more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "cli", "backfill", f"{OTHER}/rocket", "--dry-run"]
        variables = environment | more
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    result = run()
    assert f"{OTHER}/rocket since" in result.stdout
    # emulate gives an App neither the events of issues nor workflow runs
    assert (result.returncode, result.stderr.count(": 403: GitHub refuses it; the source token may lack a right")) == (
        1,
        2,
    )
    wrong = run(GITHUB_APP_PRIVATE_KEY="nothing")
    assert wrong.returncode == 2
    assert "GITHUB_APP_PRIVATE_KEY: must be the App's private key (PEM)" in wrong.stderr


def merged(hub: GitHubEmulator, owner: str, name: str) -> dict[str, Any]:
    repo = f"/repos/{owner}/{name}"
    head = hub.call("GET", f"{repo}/git/ref/heads/main")["object"]["sha"]
    hub.call("POST", f"{repo}/git/refs", {"ref": "refs/heads/topic", "sha": head})
    body = {"message": "Add a file", "content": "IyBB", "branch": "topic"}
    hub.call("PUT", f"{repo}/contents/a.md", body)
    pull = hub.call("POST", f"{repo}/pulls", {"title": "Change", "head": "topic", "base": "main"})
    hub.call("PUT", f"{repo}/pulls/{pull['number']}/merge", {})
    details = hub.call("GET", f"{repo}/pulls/{pull['number']}")
    return {"action": "closed", "pull_request": details, "repository": hub.call("GET", repo)}
