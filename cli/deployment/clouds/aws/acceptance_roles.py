"""Creates the documented policies and a role for each of the deployer, the operator and the planner, as docs/DEPLOY.md says."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.clients import ClientFactory
from cli.deployment.clouds.aws.policies import POLICIES
from runtimes.aws.ssm_secrets import error_code

PATH = "/telemetry/"
"""Path of the functions' roles; the roles that are created here have another one, or the deployer could change itself."""
ROLES = ("deploy", "operate", "plan")
_PATIENCE = 60
"""Seconds until a new role can be assumed: IAM is eventually consistent."""


class AcceptanceRoles:
    """The policies and roles of one acceptance environment."""

    def __init__(self, client: ClientFactory, partition: str, account: str, name: str) -> None:
        """Prepare; `name` is the prefix of all names, such as telemetry-acceptance."""
        self._iam = client("iam")
        self._sts = client("sts")
        self._partition = partition
        self._account = account
        self._name = name

    @property
    def boundary(self) -> str:
        """Return the name of the permissions boundary."""
        return f"{self._name}-boundary"

    def arn(self, policy: str) -> str:
        """Return the ARN of a policy."""
        return f"arn:{self._partition}:iam::{self._account}:policy/{self._name}-{policy}"

    def create(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Create or update the policies, and create the roles; raises ClientError."""
        for policy, document in documents.items():
            self._put_policy(policy, json.dumps(document))
        principal = {"AWS": f"arn:{self._partition}:iam::{self._account}:root"}
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        for role in ROLES:
            try:
                self._iam.create_role(RoleName=self._role(role), AssumeRolePolicyDocument=trust)
            except ClientError as error:
                if error_code(error) != "EntityAlreadyExists":
                    raise
            for policy in _policies(role):
                self._iam.attach_role_policy(RoleName=self._role(role), PolicyArn=self.arn(policy))

    def session(self, role: str) -> dict[str, str]:
        """Return the variables of a session as a role; raises TargetError."""
        arn = f"arn:{self._partition}:iam::{self._account}:role/{self._role(role)}"
        ends = time.monotonic() + _PATIENCE
        while True:
            try:
                keys = self._sts.assume_role(RoleArn=arn, RoleSessionName="acceptance")["Credentials"]
            except ClientError as error:
                if time.monotonic() > ends:
                    hint = "sign in as an administrator who is not the account's root user"
                    raise TargetError(
                        f"the role {self._role(role)} cannot be assumed ({error_code(error)}): {hint}"
                    ) from None
                time.sleep(3)
            else:
                return {
                    "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
                    "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                    "AWS_SESSION_TOKEN": keys["SessionToken"],
                }

    def remove(self) -> str:
        """Delete the roles and policies that exist, and return their number; raises ClientError."""
        for role in ROLES:
            for policy in _policies(role):
                with suppress(self._iam.exceptions.NoSuchEntityException):
                    self._iam.detach_role_policy(RoleName=self._role(role), PolicyArn=self.arn(policy))
            with suppress(self._iam.exceptions.NoSuchEntityException):
                self._iam.delete_role(RoleName=self._role(role))
        for policy in POLICIES:
            with suppress(self._iam.exceptions.NoSuchEntityException):
                self._delete_old_versions(self.arn(policy))
                self._iam.delete_policy(PolicyArn=self.arn(policy))
        return f"{len(ROLES)} roles, {len(POLICIES)} policies"

    def _role(self, role: str) -> str:
        return f"acceptance-{self._name}-{role}"

    def _put_policy(self, policy: str, document: str) -> None:
        try:
            self._iam.create_policy(PolicyName=f"{self._name}-{policy}", PolicyDocument=document)
        except ClientError as error:
            if error_code(error) != "EntityAlreadyExists":
                raise
            self._delete_old_versions(self.arn(policy))
            self._iam.create_policy_version(PolicyArn=self.arn(policy), PolicyDocument=document, SetAsDefault=True)

    def _delete_old_versions(self, arn: str) -> None:
        """Delete the versions that are not the default: a policy has at most five, and is deleted only without them."""
        for version in self._iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                self._iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])


def _policies(role: str) -> list[str]:
    """Return the policies of a role: that of its name, and those beside it, such as `deploy-analytics`."""
    return [policy for policy in POLICIES if policy == role or policy.startswith(f"{role}-")]
