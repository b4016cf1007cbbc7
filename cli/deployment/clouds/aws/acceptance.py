"""Defines the acceptance test of AWS: an environment of its own, deployed as the documented deployer.

An administrator starts it. The commands run as the documented roles; what only an administrator may do is in acceptance_admin.py.
"""

import json
import os

from cli.acceptance.commands import Commands
from cli.acceptance.plan import PLAN, Context
from cli.acceptance.runner import Step, StepFailed, telemetry, wait_for, without
from cli.deployment.clouds.aws.acceptance_admin import AwsAdministrator
from cli.deployment.clouds.aws.acceptance_roles import PATH, AcceptanceRoles
from cli.deployment.clouds.aws.cloud import Aws
from cli.deployment.clouds.aws.packaging import NATIVE
from cli.deployment.clouds.aws.target import AwsTarget
from telemetry_functions.installation import instruction

_OWN = {"CI", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"}
"""Variables that the commands do not get: each runs in the session of a role, and the environment does not outlive this test."""
_ROTATION = 120
"""Seconds until a function reads a new secret again."""


class AwsAcceptance:
    """The steps on AWS, or on an emulator at AWS_ENDPOINT_URL."""

    def __init__(self, context: Context) -> None:
        """Sign in; raises TargetError."""
        settings, self._transcript, environment_id = context
        emulated = bool(settings.aws_endpoint_url)
        self.stand_in = "an emulator of AWS (MiniStack under strict IAM)" if emulated else ""
        target = AwsTarget(settings.model_copy(update={"environment_id": environment_id}))
        cloud = Aws(environment_id)
        self.account = cloud.account()
        self._transcript.hide(self.account)
        self._administrator = AwsAdministrator(cloud.client, target, self.account)
        identity = cloud.client("sts").get_caller_identity()["Arn"]
        self._roles = AcceptanceRoles(cloud.client, identity.split(":")[1], self.account, f"telemetry-{environment_id}")
        self._documents = cloud.policies(settings.state_bucket, "", PATH, self._roles.boundary)
        iam = {"role_path": PATH, "permissions_boundary": self._roles.arn("boundary")}
        self._environment = (
            without(os.environ, *_OWN) | context.environment | {"STORE": "s3", "TF_VAR_iam": json.dumps(iam)}
        )
        options = ("--architecture", NATIVE) if emulated else ()
        self._commands = Commands("aws", self._transcript, self._as, options)

    def steps(self) -> list[Step]:
        """Return the steps from the roles to the logs."""
        no_metrics = "the emulator computes no metric, so no alarm fires by itself" if self.stand_in else ""
        return [
            Step("the documented policies, boundary and roles", instruction("policies-aws"), self._create_roles),
            Step("a plan as the documented planner", instruction("plan-aws", PLAN=PLAN), self._commands.plan),
            Step(
                "this plan deployed as the documented deployer",
                instruction("deploy-aws", PLAN=PLAN, YES="1"),
                self._commands.deploy,
            ),
            Step("an empty second plan", instruction("plan-aws"), self._commands.plan_nothing),
            Step("secrets as the documented operator", instruction("secrets-aws"), self._commands.set_secrets),
            Step("no secret for planner and deployer", "aws ssm get-parameter --with-decryption", self._refuse_secrets),
            Step("an event sent and its record read", instruction("smoke-aws"), self._commands.smoke),
            Step("a canary through the public URL", "aws lambda invoke", self._administrator.canary),
            Step("rotated secrets, of which both verify", instruction("secrets-aws", ROTATE="1"), self._rotate),
            Step("an event signed with the new secret", instruction("smoke-aws"), self._commands.smoke),
            Step("each alarm set off and reset", "aws cloudwatch set-alarm-state", self._administrator.set_off_alarms),
            Step("a malformed message dead-lettered", "telemetry replay-dead-letters aws --dry-run", self._dead_letter),
            Step("the alarm of dead letters", "aws cloudwatch describe-alarms", self._alarm, no_metrics),
            Step("the dead letter replayed", instruction("replay-dead-letters-aws"), self._commands.replay),
            Step("no secret in a log", instruction("logs-aws"), self._commands.read_logs),
            Step("a plan that is still empty", instruction("plan-aws"), self._commands.plan_nothing),
        ]

    def cleanup(self) -> list[Step]:
        """Return the steps that remove the environment, its records and its roles."""
        return [
            Step("an empty bucket", "aws s3api delete-objects", self._administrator.empty_bucket),
            Step("destroyed as the documented deployer", instruction("destroy-aws", YES="1"), self._destroy),
            Step("nothing left", "aws lambda list-functions, …", self._administrator.nothing_left),
            Step("policies and roles removed", "aws iam delete-role, delete-policy", self._roles.remove),
        ]

    def _as(self, role: str, *arguments: str) -> str:
        return telemetry(arguments, self._environment | self._roles.session(role))

    def _create_roles(self) -> str:
        self._roles.create(self._documents)
        return ", ".join(self._documents)

    def _refuse_secrets(self) -> str:
        for role in ("plan", "deploy"):
            names = {"AWS_ACCESS_KEY_ID": "aws_access_key_id", "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key"}
            names["AWS_SESSION_TOKEN"] = "aws_session_token"  # noqa: S105 (a name)
            keys = {names[name]: value for name, value in self._roles.session(role).items()}
            if not self._administrator.refuses_secrets(keys):
                raise StepFailed(f"the role {role} can read a secret")
        return "AccessDenied for each"

    def _rotate(self) -> str:
        before, after = self._commands.rotate()
        for secret, name in ((after, "newest"), (before, "older")):
            wait_for(lambda secret=secret, name=name: name * (self._administrator.ping(secret) == name), _ROTATION)  # type: ignore[misc]
        return "a ping is verified by the newest secret, and one that is signed with the old secret by the older one"

    def _dead_letter(self) -> str:
        self._administrator.send_malformed_message()
        return self._commands.wait_for_dead_letter()

    def _alarm(self) -> str:
        return self._administrator.wait_for_alarm("dead-letters")

    def _destroy(self) -> str:
        self._roles.create(self._documents)  # an interrupted run may not have created them
        return self._commands.destroy()


def create(context: Context) -> AwsAcceptance:
    """Create the acceptance test; raises TargetError without credentials."""
    return AwsAcceptance(context)
