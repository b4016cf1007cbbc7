"""`telemetry … gcp` as an operator runs it: real Terraform on the stand-in of the provider, Google's APIs by the fake."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud.secretmanager_v1 import types

from fakes.google.server import FakeGoogle
from tests.contract.google_login import sign_in
from tests.environment import PATIENCE
from tests.terraform.google_api_rules import NO_ALL_USERS, SERVICE_AGENTS
from tests.terraform.google_terraform import PROJECT, REGION, stand_in, with_api_rules

pytestmark = pytest.mark.terraform
_SERVICE = f"projects/{PROJECT}/locations/{REGION}/services/telemetry-%s-webhook"


class Operator:
    """Somebody at a terminal."""

    def __init__(self, google: FakeGoogle, folder: Path) -> None:
        self.google = google
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
            "STORE": "github",
            "REPO_OWNER": "octo-org",
            "REPO_NAME": "telemetry-data",
            "GITHUB_ACCESS_TOKEN": "token-that-reads",
            "REPO_WRITE_ACCESS_TOKEN": "token-that-writes",
            **sign_in(google, folder),
        }
        self.cloud.mkdir()
        agents = self.cloud / SERVICE_AGENTS
        agents.touch()  # a new project

        def create(service: str) -> None:
            agents.write_text(f"{agents.read_text()}{service}\n")

        google.console.agents.on_creation = create
        for environment in ("production", "restricted"):
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
        said = created.telemetry("deploy", "gcp")
        assert f"the environment production in the account {PROJECT}" in said
        assert "Payload URL of the webhook:  https://" in said
        for name in ("github-webhook-secret-token", "github-access-token-source", "github-access-token-data"):
            asked = types.CreateSecretRequest.pb()(  # what the stand-in has made only on paper
                parent=f"projects/{PROJECT}",
                secret_id=f"telemetry-production-{name}",
                secret={"replication": {"automatic": {}}},
            )
            google.secrets.call("CreateSecret", asked)
        yield created
        assert "Destroy complete!" in created.telemetry("destroy", "gcp", "--yes")
        assert not (created.folder / ".telemetry" / "gcp-production").exists()


def test_a_second_plan_is_empty_after_secrets_are_set_and_rotated(operator: Operator) -> None:
    assert "No changes." in operator.telemetry("plan", "gcp")
    assert "is set to a new one" in operator.telemetry("secrets", "gcp")
    first = operator.telemetry("secrets", "gcp", "--show").strip()
    operator.telemetry("secrets", "gcp", "--rotate")
    assert operator.telemetry("secrets", "gcp", "--show").strip() not in ("", first)
    assert "No changes." in operator.telemetry("plan", "gcp")
    state = "".join(path.read_text() for path in (operator.folder / ".telemetry").rglob("*.tfstate*"))
    assert "telemetry-production-webhook" in state
    for secret in (first, "token-that-reads", "token-that-writes"):
        assert secret not in state


def test_dead_letters_are_replayed_by_names_from_terraform(operator: Operator) -> None:
    pubsub, prefix = operator.google.pubsub, f"projects/{PROJECT}"
    for name in ("events", "dead-letters"):
        topic = f"{prefix}/topics/telemetry-production-{name}"
        pubsub.add_topic(topic)
        pubsub.add_subscription(f"{prefix}/subscriptions/telemetry-production-{name}", topic)
    from runtimes.gcp import google_clients

    client = google_clients.pubsub(operator.google.environment, "")
    client.publish(f"{prefix}/topics/telemetry-production-dead-letters", b"event", {"reason": "no such repository"})
    output = operator.telemetry("replay-dead-letters", "gcp", "--dry-run")
    assert "no such repository" in output
    assert "1 dead letters found" in output
    operator.telemetry("replay-dead-letters", "gcp")
    [back] = pubsub.backlog(f"{prefix}/subscriptions/telemetry-production-events")
    assert back.data == b"event"


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
        said = operator.telemetry("deploy", "gcp", code=1, **environment)
        assert "forbids to grant a role to allUsers" in said
        assert not (operator.folder / ".telemetry" / "gcp-restricted").exists()
        environment["INVOKER_IAM_CHECK"] = "false"
        said = operator.telemetry("deploy", "gcp", **environment)
        assert "telemetry-restricted-webhook is off now" in said
        assert google.console.run.services[_SERVICE % "restricted"]["invokerIamDisabled"] is True
        assert "invokerIamDisabled" not in google.console.run.services[_SERVICE % "production"]
        google.console.run.add(_SERVICE % "restricted")  # an update of the function has reset it
        assert "telemetry-restricted-webhook is off now" in operator.telemetry("deploy", "gcp", **environment)
    finally:
        google.console.organization.legacy = {}
        if (operator.folder / ".telemetry" / "gcp-restricted").exists():
            operator.telemetry("destroy", "gcp", "--yes", **environment)


@pytest.mark.parametrize("command", ["deploy", "plan"])
def test_nothing_is_created_in_a_project_without_billing(operator: Operator, command: str) -> None:
    operator.google.console.billing = False
    try:
        said = operator.telemetry(command, "gcp", code=1, ENVIRONMENT_ID="other")
    finally:
        operator.google.console.billing = True
    assert "has no billing account" in said
    assert not (operator.folder / ".telemetry" / "gcp-other").exists()
