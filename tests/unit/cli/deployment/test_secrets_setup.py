import pytest

from cli.deployment import clouds, secrets_setup
from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.cloud import Aws
from cli.deployment.terraform import TerraformRoot
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, live_secrets
from tests.builders import settings
from tests.unit.cli.deployment.clouds.aws.ssm import Sqs, Ssm

PATH = "/telemetry/prod/"


class Harness:
    name = "aws"

    def __init__(self, ssm: Ssm) -> None:
        self.cloud = Aws("prod")
        self.cloud.client = {"ssm": ssm, "sqs": Sqs("telemetry-prod")}.__getitem__  # type: ignore[method-assign]


def put(ssm: Ssm, values: dict[str, str] | None = None, typed: str = "", *, rotate: bool = False) -> list[str]:
    done = secrets_setup.put_secrets(Harness(ssm).cloud, values or {}, lambda _: typed, rotate=rotate)
    return [result.message for result in done]


def test_values_are_stored_encrypted_and_a_webhook_secret_is_generated() -> None:
    ssm = Ssm(PATH)
    assert put(ssm, {SOURCE_TOKEN: "source", DATA_TOKEN: "data"}) == ["is set to a new one", "is set", "is set"]
    assert len(ssm.values[PATH + WEBHOOK_SECRET]) == 64
    assert (ssm.values[PATH + SOURCE_TOKEN], ssm.values[PATH + DATA_TOKEN]) == ("source", "data")
    assert {parameter["Type"] for parameter in ssm.put} == {"SecureString"}


def test_what_is_set_already_stays() -> None:
    ssm = Ssm(PATH, **{WEBHOOK_SECRET: "old", SOURCE_TOKEN: "s", DATA_TOKEN: "d"})
    messages = put(ssm, {WEBHOOK_SECRET: "new", SOURCE_TOKEN: "new", DATA_TOKEN: "new"})
    assert all("stays" in message for message in messages)
    assert ssm.put == []


@pytest.mark.parametrize("values", [{}, {WEBHOOK_SECRET: "given"}])
def test_a_rotation_keeps_the_previous_webhook_secret_and_no_older_one(
    values: dict[str, str],
) -> None:
    ssm = Ssm(PATH, **{WEBHOOK_SECRET: "old\nolder", SOURCE_TOKEN: "s", DATA_TOKEN: "d"})
    put(ssm, values, "typed", rotate=True)
    new, *others = live_secrets(ssm.values[PATH + WEBHOOK_SECRET])
    assert others == ["old"]
    assert new == "given" if values else len(new) == 64
    assert (ssm.values[PATH + SOURCE_TOKEN], ssm.values[PATH + DATA_TOKEN]) == ("typed", "typed")


def test_a_secret_that_is_live_already_is_no_new_one() -> None:
    ssm = Ssm(PATH, **{WEBHOOK_SECRET: "old", SOURCE_TOKEN: "s", DATA_TOKEN: "d"})
    put(ssm, {WEBHOOK_SECRET: "old"}, "typed", rotate=True)
    newest, previous = live_secrets(ssm.values[PATH + WEBHOOK_SECRET])
    assert (len(newest), previous) == (64, "old")


def test_a_token_without_a_value_is_not_set() -> None:
    ssm = Ssm(PATH)
    assert put(ssm)[1:] == ["is NOT set", "is NOT set"]
    assert list(ssm.values) == [PATH + WEBHOOK_SECRET]


def test_a_token_stays_if_there_is_no_new_value() -> None:
    ssm = Ssm(PATH, **{WEBHOOK_SECRET: "old", SOURCE_TOKEN: "s", DATA_TOKEN: "d"})
    assert all("stays as it was" in message for message in put(ssm, rotate=True)[1:])
    assert (ssm.values[PATH + SOURCE_TOKEN], ssm.values[PATH + DATA_TOKEN]) == ("s", "d")


def test_the_newest_webhook_secret_is_shown_or_reported_missing() -> None:
    assert secrets_setup.webhook_secret(Harness(Ssm(PATH, **{WEBHOOK_SECRET: "new\nold"}))) == "new"
    with pytest.raises(TargetError, match="make secrets-aws"):
        secrets_setup.webhook_secret(Harness(Ssm(PATH)))


# targets and what Terraform is told


def test_an_environment_of_a_cloud_is_production_unless_it_is_named() -> None:
    for cloud in ("aws", "gcp"):
        assert clouds.select(cloud, settings()).environment_id == "production"
        assert clouds.select(cloud, settings(environment_id="staging")).environment_id == "staging"
    assert clouds.select("local", settings()).environment_id == "local"
    with pytest.raises(TargetError, match="choose from aws, gcp, local"):
        clouds.select("azure", settings())


def test_the_emulator_s_webhook_is_named_by_its_address() -> None:
    local, aws = (clouds.select(name, settings()) for name in ("local", "aws"))
    url = "http://1a2b.execute-api.localhost:4567/telemetry"
    assert local.webhook_url(url) == "http://127.0.0.1:4567/_aws/execute-api/1a2b/$default/telemetry"
    assert aws.webhook_url("https://x.execute-api.eu-west-1.amazonaws.com/telemetry").startswith(
        "https://x.execute-api."
    )
    assert local.webhook_url("https://telemetry.example.com/telemetry") == "https://telemetry.example.com/telemetry"


def test_terraform_gets_configured_settings_and_no_secret() -> None:
    chosen = settings(
        store="github",
        repo_owner="acme",
        repo_name="data",
        repo_path="a/b",
        github_access_token="zebra",
        repo_write_access_token="zebra",
        github_webhook_secret="zebra",
        watched_repositories="acme/x",
    )
    variables = TerraformRoot(clouds.select("aws", chosen), chosen).variables()
    assert variables["settings"] == {
        "repo_owner": "acme",
        "repo_name": "data",
        "repo_path": "a/b",
        "watched_repositories": "acme/x",
    }
    assert (variables["environment_id"], variables["store"]) == ("production", {"kind": "github"})
    assert "runtime" not in variables
    assert "zebra" not in str(variables)


def test_a_bucket_and_an_architecture_become_variables() -> None:
    chosen = settings(store="s3", store_bucket="acme-telemetry")
    aws = TerraformRoot(clouds.select("aws", chosen), chosen, "x86_64").variables()
    assert aws["store"] == {"kind": "s3", "bucket": "acme-telemetry"}
    assert aws["runtime"] == {"architecture": "x86_64"}
    local = TerraformRoot(clouds.select("local", chosen), chosen).variables()
    assert local["store"] == {"kind": "s3", "bucket": "acme-telemetry", "force_destroy": True}


def test_a_fresh_clone_stores_in_a_disposable_bucket_of_the_emulator() -> None:
    variables = TerraformRoot(clouds.select("local", settings()), settings()).variables()
    assert variables["store"] == {"kind": "s3", "force_destroy": True}
    assert variables["settings"] == {}
    assert variables["runtime"]["architecture"] in ("arm64", "x86_64")


def test_with_a_data_repository_the_emulator_needs_no_bucket() -> None:
    chosen = settings(repo_owner="acme", repo_name="data")
    variables = TerraformRoot(clouds.select("local", chosen), chosen).variables()
    assert "store" not in variables
    assert variables["settings"] == {"repo_owner": "acme", "repo_name": "data"}


@pytest.mark.parametrize(
    ("name", "endpoint", "emulated"),
    [
        ("local", "", True),
        ("aws", "", False),
        ("aws", "http://127.0.0.1:4566", True),
        ("aws", "https://127.0.0.1:4566", False),
        ("aws", "https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com", False),
    ],
)
def test_only_an_emulator_is_exempt_from_tls(name: str, endpoint: str, emulated: bool) -> None:  # noqa: FBT001 (a parameter)
    chosen = settings(aws_endpoint_url=endpoint)
    variables = TerraformRoot(clouds.select(name, chosen), chosen).variables()
    assert variables.get("emulated", False) is emulated
