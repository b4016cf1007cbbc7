"""`telemetry … gcp` as an operator runs it: real Terraform on the stand-in of the provider, Google's APIs by the fake.

The deployment is that of the acceptance test, which keeps it until the end: one deployment serves both.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud.secretmanager_v1 import types

from fakes.google.server import FakeGoogle
from tests.contract.google_login import sign_in
from tests.environment import GO_PROGRAMS, PATIENCE
from tests.terraform.google_api_rules import NO_ALL_USERS, SERVICE_AGENTS
from tests.terraform.google_terraform import PROJECT, REGION, stand_in, with_api_rules

pytestmark = pytest.mark.terraform
_SERVICE = f"projects/{PROJECT}/locations/{REGION}/services/telemetry-%s-webhook"


class Operator:
    """Somebody at a terminal."""

    def __init__(self, google: FakeGoogle, folder: Path) -> None:
        self.google = google
        self.accepted = ""
        """What the acceptance test printed."""
        self.folder = folder
        self.cloud = folder / "cloud"
        self.environment = {
            "PATH": os.environ["PATH"],
            "TF_PLUGIN_DIR": str(with_api_rules(Path(os.environ["TF_PLUGIN_DIR"]), folder)),
            "HOME": str(folder),
            "NO_COLOR": "1",
            "TF_CLI_ARGS": "-no-color",
            "TFSTUB_BACKEND": str(self.cloud),
            "GOOGLE_CLOUD_REGION": REGION,
            "ENVIRONMENT_ID": "acceptance",
            "STORE": "github",
            "REPO_OWNER": "octo-org",
            "REPO_NAME": "telemetry-data",
            "GITHUB_ACCESS_TOKEN": "token-that-reads",
            "REPO_WRITE_ACCESS_TOKEN": "token-that-writes",
            **GO_PROGRAMS,
            **sign_in(google, folder),
        }
        self.cloud.mkdir()
        agents = self.cloud / SERVICE_AGENTS
        agents.touch()  # a new project

        def create(service: str) -> None:
            agents.write_text(f"{agents.read_text()}{service}\n")

        google.console.agents.on_creation = create
        for environment in ("acceptance", "restricted"):
            google.console.run.add(_SERVICE % environment)  # what the stand-in makes only on paper

    def telemetry(self, *arguments: str, code: int = 0, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=self.folder,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    if not stand_in("7.45.0"):
        pytest.skip("TF_PLUGIN_DIR holds no stand-in of hashicorp/google: nothing is created in a real project")
    with FakeGoogle(PROJECT, authenticated=False) as google:
        created = Operator(google, tmp_path_factory.mktemp("operator"))
        _put_on_paper(google)
        created.telemetry("plan", "gcp", "--out", "first")
        created.accepted = created.telemetry("acceptance", "gcp", "--yes", "--keep")
        yield created
        destroyed = created.telemetry("acceptance", "gcp", "--yes", "--destroy")
        assert "Destroy complete!" in destroyed
        assert not (created.folder / ".telemetry" / "gcp-acceptance").exists()


def _put_on_paper(google: FakeGoogle) -> None:
    """Create what the stand-in creates only on paper: secrets, topics and subscriptions."""
    for name in ("github-webhook-secret-token", "github-access-token-source", "github-access-token-data"):
        asked = types.CreateSecretRequest.pb()(
            parent=f"projects/{PROJECT}",
            secret_id=f"telemetry-acceptance-{name}",
            secret={"replication": {"automatic": {}}},
        )
        google.secrets.call("CreateSecret", asked)
    for name in ("events", "dead-letters"):
        topic = f"projects/{PROJECT}/topics/telemetry-acceptance-{name}"
        google.pubsub.add_topic(topic)
        google.pubsub.add_subscription(f"projects/{PROJECT}/subscriptions/telemetry-acceptance-{name}", topic)


def test_the_acceptance_test_passes_and_says_what_the_stand_in_cannot_show(operator: Operator) -> None:
    transcript = (operator.folder / "docs" / "acceptance" / "gcp-stand-in.md").read_text()
    rows = re.findall(
        r"^\| \d+ \| (.*?) \| `.*` \| (passed|FAILED|not run here)(.*) \| \d+ \|$", transcript, re.MULTILINE
    )
    assert len(rows) == 15
    assert "**not a real cloud**" in transcript
    assert [name for name, outcome, _ in rows if outcome == "FAILED"] == []
    not_run = {name: reason for name, outcome, reason in rows if outcome == "not run here"}
    assert len(not_run) == 6
    assert all(len(reason) > 20 for reason in not_run.values())
    assert PROJECT not in transcript
    assert operator.telemetry("secrets", "gcp", "--show").strip() not in transcript + operator.accepted


def test_a_second_plan_is_empty_after_secrets_are_set_and_rotated(operator: Operator) -> None:
    assert "No changes." in operator.telemetry("plan", "gcp")
    assert "is set already and stays" in operator.telemetry("secrets", "gcp")
    first = operator.telemetry("secrets", "gcp", "--show").strip()
    operator.telemetry("secrets", "gcp", "--rotate")
    assert operator.telemetry("secrets", "gcp", "--show").strip() not in ("", first)
    assert "No changes." in operator.telemetry("plan", "gcp")
    state = "".join(path.read_text() for path in (operator.folder / ".telemetry").rglob("*.tfstate*"))
    assert "telemetry-acceptance-webhook" in state
    for secret in (first, "token-that-reads", "token-that-writes"):
        assert secret not in state


def test_a_plan_that_another_deployment_made_stale_is_refused(operator: Operator) -> None:
    said = operator.telemetry("deploy", "gcp", "--plan", "first", "--yes", code=1)
    assert "another deployment changed the state after this plan was made: Terraform changed nothing" in said
    assert not (operator.folder / "first" / "deployment.tfplan").exists()
    assert "No changes." in operator.telemetry("plan", "gcp")


def test_dead_letters_are_replayed_by_names_from_terraform(operator: Operator) -> None:
    pubsub, prefix = operator.google.pubsub, f"projects/{PROJECT}"
    assert pubsub.backlog(f"{prefix}/subscriptions/telemetry-acceptance-dead-letters") == []
    before = pubsub.backlog(f"{prefix}/subscriptions/telemetry-acceptance-events")
    from runtimes.gcp import google_clients

    client = google_clients.pubsub(operator.google.environment, "")
    client.publish(f"{prefix}/topics/telemetry-acceptance-dead-letters", b"event", {"reason": "no such repository"})
    output = operator.telemetry("replay-dead-letters", "gcp", "--dry-run")
    assert "no such repository" in output
    assert "1 dead letters found" in output
    operator.telemetry("replay-dead-letters", "gcp")
    back = pubsub.backlog(f"{prefix}/subscriptions/telemetry-acceptance-events")
    assert [message.data for message in back[len(before) :]] == [b"event"]


def test_logs_are_those_of_the_deployed_functions(operator: Operator) -> None:
    assert "nothing was written in the last 60 minutes" in operator.telemetry("logs", "gcp")
    assert "unknown function 'nobody'" in operator.telemetry("logs", "gcp", "--function", "nobody", code=2)


def test_a_webhook_without_check_where_all_users_are_forbidden(operator: Operator) -> None:
    google = operator.google
    google.console.organization.legacy = {"allowedValues": ["C01abcdef"]}
    other = operator.folder / "restricted"  # the stand-in refuses an API that is on already, which Google does not
    shutil.copytree(operator.cloud, other, ignore=shutil.ignore_patterns("google_project_service__*"))
    (other / NO_ALL_USERS).touch()
    environment = {"ENVIRONMENT_ID": "restricted", "TFSTUB_BACKEND": str(other)}
    try:
        said = operator.telemetry("deploy", "gcp", "--yes", code=1, **environment)
        assert "forbids to grant a role to allUsers" in said
        assert not (operator.folder / ".telemetry" / "gcp-restricted").exists()
        environment["INVOKER_IAM_CHECK"] = "false"
        said = operator.telemetry("deploy", "gcp", "--yes", **environment)
        assert "telemetry-restricted-webhook is off now" in said
        assert google.console.run.services[_SERVICE % "restricted"]["invokerIamDisabled"] is True
        assert "invokerIamDisabled" not in google.console.run.services[_SERVICE % "acceptance"]
        google.console.run.add(_SERVICE % "restricted")  # an update of the function has reset it
        assert "telemetry-restricted-webhook is off now" in operator.telemetry("deploy", "gcp", "--yes", **environment)
    finally:
        google.console.organization.legacy = {}
        if (operator.folder / ".telemetry" / "gcp-restricted").exists():
            operator.telemetry("destroy", "gcp", "--yes", **environment)


@pytest.mark.parametrize("command", [("deploy", "--yes"), ("plan",)])
def test_nothing_is_created_in_a_project_without_billing(operator: Operator, command: tuple[str, ...]) -> None:
    operator.google.console.billing = False
    try:
        said = operator.telemetry(*command, "gcp", code=1, ENVIRONMENT_ID="other")
    finally:
        operator.google.console.billing = True
    assert "has no billing account" in said
    assert not (operator.folder / ".telemetry" / "gcp-other").exists()
