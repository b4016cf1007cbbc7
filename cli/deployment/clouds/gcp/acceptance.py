"""Defines the acceptance test of Google Cloud: an environment of its own, deployed by whoever is signed in.

Google's roles are predefined: sign in as an account with exactly those that docs/GOOGLE_CLOUD.md lists. On the stand-in of the
provider, which CLOUDSDK_API_ENDPOINT_OVERRIDES_… reveals, no function runs.
"""

import os
from typing import Any

from google.cloud import storage

from cli.acceptance.commands import PATIENCE, Commands
from cli.acceptance.plan import PLAN, Context
from cli.acceptance.runner import Step, StepFailed, telemetry, wait_for, without
from cli.deployment.cloud import TargetError
from cli.deployment.clouds.gcp.cloud import Gcp
from cli.deployment.clouds.gcp.rest_client import GoogleRefused, GoogleRest
from runtimes.gcp import google_clients
from telemetry_functions.installation import instruction

_NO_FUNCTIONS = "the stand-in creates functions only on paper, so none runs"
_POISON = b"acceptance: not a message of the webhook"


class GcpAcceptance:
    """The steps on Google Cloud, or on the stand-in."""

    def __init__(self, context: Context) -> None:
        """Sign in; raises TargetError."""
        settings, self._transcript, self._id = context
        self._project, self._region = settings.google_cloud_project, settings.google_cloud_region
        overridden = any(name.startswith("CLOUDSDK_API_ENDPOINT_OVERRIDES_") for name in os.environ)
        self.stand_in = "a stand-in of hashicorp/google and fakes of Google's APIs" if overridden else ""
        self.account = Gcp(self._id, self._project, self._region, os.environ).account()
        self._transcript.hide(self.account)
        self._rest = GoogleRest(self._project, os.environ)
        store = (
            {"STORE": "github", "REPO_OWNER": "octo-org", "REPO_NAME": "telemetry-data"}
            if overridden
            else {"STORE": "gcs"}
        )
        self._environment = without(os.environ, "CI") | context.environment | store
        self._prefix = f"telemetry-{self._id}"
        self._commands = Commands("gcp", self._transcript, self._as)

    def steps(self) -> list[Step]:
        """Return the steps from the first plan to the logs."""
        paper = _NO_FUNCTIONS if self.stand_in else ""
        no_monitoring = "no fake has Cloud Monitoring's API" if self.stand_in else ""
        incidents = "Cloud Monitoring has no stable API for incidents: look at them in the console"
        who = "the test creates no account: sign in as one with exactly the roles of docs/GOOGLE_CLOUD.md"
        return [
            Step(
                "the documented deployer",
                "gcloud auth application-default login",
                str,
                (self.stand_in and "the stand-in decides no permission") or who,
            ),
            Step("a plan", instruction("plan-gcp", PLAN=PLAN), self._commands.plan),
            Step("this plan deployed", instruction("deploy-gcp", PLAN=PLAN, YES="1"), self._commands.deploy),
            Step("an empty second plan", instruction("plan-gcp"), self._commands.plan_nothing),
            Step("secrets", instruction("secrets-gcp"), self._commands.set_secrets),
            Step("an event sent and its record read", instruction("smoke-gcp"), self._commands.smoke, paper),
            Step("a canary through the public URL", "gcloud scheduler jobs run", self._canary, paper),
            Step("rotated secrets", instruction("secrets-gcp", ROTATE="1"), self._rotate),
            Step("an event signed with the new secret", instruction("smoke-gcp"), self._commands.smoke, paper),
            Step(
                "the alert policies are enabled", "gcloud monitoring policies list", self._alert_policies, no_monitoring
            ),
            Step("an incident of dead letters", "the console", str, no_monitoring or incidents),
            Step("a malformed message dead-lettered", "telemetry replay-dead-letters gcp --dry-run", self._dead_letter),
            Step("the dead letter replayed", instruction("replay-dead-letters-gcp"), self._commands.replay),
            Step("no secret in a log", instruction("logs-gcp"), self._commands.read_logs),
            Step("a plan that is still empty", instruction("plan-gcp"), self._commands.plan_nothing),
        ]

    def cleanup(self) -> list[Step]:
        """Return the steps that remove the environment and its records."""
        no_storage = "the stand-in has buckets only on paper" if self.stand_in else ""
        return [
            Step("an empty bucket", "gcloud storage rm --recursive", self._empty_bucket, no_storage),
            Step("destroyed", instruction("destroy-gcp", YES="1"), self._commands.destroy),
        ]

    def _as(self, _role: str, *arguments: str) -> str:
        return telemetry(arguments, self._environment)

    def _rotate(self) -> str:
        self._commands.rotate()
        return "the newest webhook secret is a new one"

    def _canary(self) -> str:
        """Start the schedule of the canary, and then of the job that looks for its receipt; wait for both lines of the log."""
        self._start("canary")
        wait_for(lambda: self._logged("canary", '"outcome":"sent"'), PATIENCE)

        def found() -> str:
            self._start("job-canary")
            line = self._logged("schedule", '"job":"canary"')
            return "" if '"unfinished"' in line else line

        wait_for(found, PATIENCE, pause=60)
        return "sent, and the job that looks for its receipt ran"

    def _start(self, name: str) -> None:
        job = f"projects/{self._project}/locations/{self._region}/jobs/{self._prefix}-{name}"
        try:
            self._rest.post("cloudscheduler", f"/v1/{job}:run", {})
        except GoogleRefused as refused:
            raise TargetError(f"the schedule {name} cannot be started: {refused}") from None

    def _logged(self, function: str, text: str) -> str:
        lines = self._as("operate", "logs", "gcp", "--function", function, "--minutes", "15").splitlines()
        return next((line for line in lines if text in line), "")

    def _alert_policies(self) -> str:
        answer = self._rest.get("monitoring", f"/v3/projects/{self._project}/alertPolicies", pageSize="1000")
        own = [
            policy for policy in answer.get("alertPolicies", []) if policy["displayName"].startswith(f"{self._prefix}-")
        ]
        disabled = [policy["displayName"] for policy in own if not policy.get("enabled", True)]
        if disabled or not own:
            raise StepFailed(f"disabled: {', '.join(disabled)}" if own else "there is no alert policy")
        return f"{len(own)} alert policies"

    def _dead_letter(self) -> str:
        """Send what the worker can never process; the stand-in has no worker, so there it goes to the dead letters directly."""
        topic = "dead-letters" if self.stand_in else "events"
        client: Any = google_clients.pubsub(os.environ, "")
        client.publish(
            f"projects/{self._project}/topics/{self._prefix}-{topic}", _POISON, {"reason": "acceptance test"}
        )

        line = self._commands.wait_for_dead_letter()
        return f"{line}{'; sent to the dead letters directly, since no worker runs' if self.stand_in else ''}"

    def _empty_bucket(self) -> str:
        """Delete every generation of every object of the environment's own bucket, whose name ends with the project's number."""
        client, deleted = storage.Client(project=self._project), 0
        for bucket in client.list_buckets(prefix=f"{self._prefix}-"):
            if bucket.name.removeprefix(f"{self._prefix}-").isdigit():
                for blob in bucket.list_blobs(versions=True):
                    blob.delete()
                    deleted += 1
        return f"{deleted} versions of objects deleted"


def create(context: Context) -> GcpAcceptance:
    """Create the acceptance test; raises TargetError without credentials."""
    return GcpAcceptance(context)
