"""The emulator that deployments go to knows one root: the key that was made for its folder. No known key opens it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.deployment import clouds
from cli.deployment.cloud import TargetError
from core.settings import load
from runtimes.local.emulator import credentials
from runtimes.local.emulator.credentials import NONE, Credentials
from runtimes.local.emulator.emulator import Emulator
from tests.environment import PATIENCE
from tests.strict_emulator import strict_emulator

pytestmark = pytest.mark.emulator


class Strict:
    def __init__(self, emulator: Emulator, root: Credentials) -> None:
        self.endpoint = emulator.endpoint
        self.root = root

    def client(self, service: str, key: str, secret: str, token: str | None = None) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}),
        )


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strict]:
    with strict_emulator(tmp_path_factory.mktemp("strict")) as (emulator, root):
        yield Strict(emulator, root)


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("test", "test"),
        ("000000000000", "test"),
        ("123456789012", "123456789012"),
        ("none", "none"),
        ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ],
)
@pytest.mark.parametrize("call", ["list_roles", "list_queues", "list_functions", "list_buckets", "describe_parameters"])
def test_no_known_key_is_root(strict: Strict, key: str, secret: str, call: str) -> None:
    services = {
        "list_roles": "iam",
        "list_queues": "sqs",
        "list_functions": "lambda",
        "list_buckets": "s3",
        "describe_parameters": "ssm",
    }
    with pytest.raises(ClientError) as refused:
        getattr(strict.client(services[call], key, secret), call)()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 401, 403)


def test_the_root_s_key_with_another_secret_is_refused(strict: Strict) -> None:
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        strict.client("iam", strict.root.access_key_id, "test").list_roles()
    assert strict.client("iam", *strict.root).list_roles()["Roles"] == []
    assert strict.client("sts", *strict.root).get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"


def test_the_bucket_is_not_readable_without_a_signature(strict: Strict) -> None:
    s3 = strict.client("s3", *strict.root)
    s3.create_bucket(Bucket="records")
    s3.put_object(Bucket="records", Key="x", Body=b"x")
    for path in ("/", "/records", "/records/x"):
        assert requests.get(strict.endpoint + path, timeout=PATIENCE).status_code in (401, 403), path
    body = {"Action": "ListRoles", "Version": "2010-05-08"}
    assert requests.post(strict.endpoint, data=body, timeout=PATIENCE).status_code in (400, 401, 403)


def test_the_session_of_a_function_cannot_be_derived_from_its_name(strict: Strict) -> None:
    """MiniStack 1.5.33 derives key, secret and token by SHA-256 of the ARNs of the function and its role."""
    iam, functions = strict.client("iam", *strict.root), strict.client("lambda", *strict.root)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    allowed = {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}
    role = iam.create_role(
        RoleName="f", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="f", PolicyName="f", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    )
    from tests.contract.test_ministack_retries import package

    code = (
        "import os\ndef handler(event, context): return {n: os.environ[n] for n in os.environ if n.startswith('AWS_')}"
    )
    function = functions.create_function(
        FunctionName="f", Runtime="python3.13", Role=role, Handler="x.handler", Code={"ZipFile": package(code)}
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName="f")
    answer = json.loads(functions.invoke(FunctionName="f")["Payload"].read())
    session = (answer["AWS_ACCESS_KEY_ID"], answer["AWS_SECRET_ACCESS_KEY"], answer["AWS_SESSION_TOKEN"])
    assert strict.root.secret_access_key not in json.dumps(answer)
    assert strict.client("iam", *session).list_roles()["Roles"]
    digest = hashlib.sha256(f"{function}:{role}".encode()).hexdigest()
    derived = (
        f"ASIA{digest[:16].upper()}",
        hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    )
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        strict.client("iam", *derived).list_roles()


def test_each_folder_has_private_credentials(tmp_path: Path) -> None:
    first, second = (credentials.ensure(tmp_path / name) for name in ("a", "b"))
    assert first == credentials.ensure(tmp_path / "a") == credentials.read(tmp_path / "a")
    assert first != second
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "a").iterdir()} == {0o600}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


def test_a_target_without_credentials_takes_none_of_the_user_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSERSOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    target = clouds.select("local", load(""))
    assert target.environment["AWS_ACCESS_KEY_ID"] == NONE.access_key_id
    assert list(tmp_path.iterdir()) == []


def test_the_emulator_of_another_folder_is_refused_in_one_line(
    strict: Strict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = clouds.select("local", load("", aws_endpoint_url=strict.endpoint))
    target.start()
    with pytest.raises(TargetError, match=r"was started for another folder: unset AWS_ENDPOINT_URL$"):
        target.cloud.account()
