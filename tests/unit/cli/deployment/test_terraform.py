"""The Terraform driver: the arguments and variables of each command, and what it makes of Terraform's answers.

The program is a stand-in; tests/terraform runs the real one. https://developer.hashicorp.com/terraform/cli/commands
"""

import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cli.deployment import clouds
from cli.deployment.cloud import TargetError
from cli.deployment.terraform import InterruptedRunError, Planned, TerraformRoot
from tests.builders import settings
from tests.unit.cli.deployment.fake_terraform import FakeTerraform

LOCK = "Error: Error acquiring the state lock\n\nConditionalCheckFailed\n"


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTerraform:
    fake = FakeTerraform(tmp_path)
    for provider in ("aws", "gcp"):
        (tmp_path / "terraform" / "live" / provider).mkdir(parents=True)
        (tmp_path / "terraform" / "live" / provider / "main.tf").write_text("# a root")
    monkeypatch.setenv("PATH", f"{fake.path}:/usr/bin:/bin")
    for name in ("TF_PLUGIN_DIR", "TF_CLI_CONFIG_FILE", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return fake


def root(name: str = "aws", architecture: str = "", **values: Any) -> TerraformRoot:
    """Return a root whose folder is the working directory's terraform/live."""
    if name == "gcp":
        values = {"google_cloud_project": "octo", "google_cloud_region": "europe-west1", **values}
    chosen = settings(**values)
    return TerraformRoot(clouds.select(name, chosen), chosen, architecture, Path("terraform/live").absolute())


def variables(terraform: FakeTerraform, root: TerraformRoot) -> dict[str, Any]:
    """Return the variables that Terraform would read."""
    root.plan()
    [argument] = [part for part in terraform.calls[-1] if part.startswith("-var-file=")]
    return dict(json.loads(Path(argument.removeprefix("-var-file=")).read_text()))


def test_a_missing_terraform_is_named(terraform: FakeTerraform) -> None:
    (terraform.path / "terraform").unlink()
    with pytest.raises(TargetError, match=r"^Terraform is missing: install 1\.11 or newer"):
        root().check()


@pytest.mark.parametrize(
    ("version", "is_recent"), [("1.10.5", False), ("0.99.0", False), ("1.11.0", True), ("2.0.1", True)]
)
def test_only_a_recent_terraform_is_used(terraform: FakeTerraform, version: str, is_recent: bool) -> None:  # noqa: FBT001 (a parameter)
    terraform.answer("version", {"terraform_version": version})
    if is_recent:
        root().check()
    else:
        with pytest.raises(TargetError, match=f"^Terraform {version} is too old: install 1.11 or newer$"):
            root().check()


def test_prepare_initialises_with_a_state_file_of_the_environment(terraform: FakeTerraform, tmp_path: Path) -> None:
    root(environment_id="test").prepare()
    assert terraform.calls == [
        [
            f"-chdir={tmp_path}/terraform/live/aws",
            "init",
            "-input=false",
            "-no-color",
            "-reconfigure",
            f"-backend-config=path={tmp_path}/.telemetry/aws-test/terraform.tfstate",
        ]
    ]
    folder = tmp_path / ".telemetry" / "aws-test"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert terraform.environment["TF_DATA_DIR"] == str(folder / "terraform")


def test_a_plugin_folder_replaces_the_registry(terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_PLUGIN_DIR", "/mirror")
    root().prepare()
    assert "-plugin-dir=/mirror" in terraform.calls[0]


AWS_BACKEND = ["bucket=states", "key=telemetry-functions/test.tfstate", "use_lockfile=true", "encrypt=true"]
BACKENDS = [("aws", "s3", AWS_BACKEND), ("gcp", "gcs", ["bucket=states", "prefix=telemetry-functions/test"])]


@pytest.mark.parametrize(("name", "backend", "arguments"), BACKENDS)
def test_a_state_bucket_is_a_locked_backend(
    terraform: FakeTerraform, tmp_path: Path, name: str, backend: str, arguments: list[str]
) -> None:
    override = tmp_path / "terraform" / "live" / name / "backend_override.tf"
    root(name, environment_id="test", state_bucket="states").prepare()
    configured = [part for part in terraform.calls[0] if part.startswith("-backend-config=")]
    assert configured == [f"-backend-config={argument}" for argument in arguments]
    assert override.read_text() == f'terraform {{\n  backend "{backend}" {{}}\n}}\n'
    root(name, environment_id="test").prepare()
    assert not override.exists()


def test_the_emulator_has_a_local_state_whatever_the_settings(terraform: FakeTerraform) -> None:
    root("local", state_bucket="states").prepare()
    assert [part for part in terraform.calls[0] if "backend-config" in part and "bucket" in part] == []


def test_a_failed_initialisation_returns_terraform_s_message(terraform: FakeTerraform) -> None:
    terraform.answer("init", code=1, errors="\nError: no provider\n")
    with pytest.raises(TargetError, match=r"^terraform init failed: Error: no provider$"):
        root().prepare()


@pytest.mark.parametrize("code", [0, 2])
def test_plan_returns_whether_anything_would_change(terraform: FakeTerraform, code: int) -> None:
    terraform.answer("plan", code=code)
    assert root().plan() == code
    assert {"-input=false", "-detailed-exitcode", "-lock-timeout=300s"} <= set(terraform.calls[0])


def test_a_failed_plan_is_an_error(terraform: FakeTerraform, capfd: pytest.CaptureFixture[str]) -> None:
    terraform.answer("plan", code=1, errors="Error: Invalid value\n")
    with pytest.raises(TargetError, match=r"^terraform plan failed: see above$"):
        root().plan()
    assert "Error: Invalid value" in capfd.readouterr().err


def test_variables_of_the_environment_follow_the_settings(terraform: FakeTerraform, tmp_path: Path) -> None:
    (tmp_path / "test.tfvars").write_text("")
    (tmp_path / "other.tfvars").write_text("")
    chosen = root(environment_id="test")
    chosen.prepare()
    chosen.plan()
    files = [part for part in terraform.calls[-1] if part.startswith("-var-file=")]
    assert files == [
        f"-var-file={tmp_path}/.telemetry/aws-test/settings.tfvars.json",
        f"-var-file={tmp_path}/test.tfvars",
    ]


def test_only_configured_settings_and_no_secret_become_variables(terraform: FakeTerraform) -> None:
    chosen = root(environment_id="test", repo_owner="octo-org", repo_name="data", github_access_token="s3cret")
    chosen.prepare()
    text = json.dumps(variables(terraform, chosen))
    assert "s3cret" not in text
    assert json.loads(text)["settings"] == {"repo_owner": "octo-org", "repo_name": "data"}
    assert json.loads(text)["environment_id"] == "test"


def nothing() -> None:
    """Approve a plan."""


def test_an_apply_that_fails_leaves_a_mark_until_one_succeeds(terraform: FakeTerraform) -> None:
    chosen = root()
    chosen.prepare()
    terraform.answer("plan", code=2)
    terraform.answer("apply", code=1)
    with pytest.raises(TargetError, match="terraform apply failed"):
        chosen.apply(nothing)
    assert chosen.unfinished()
    terraform.answer("apply")
    chosen.apply(nothing)
    assert not chosen.unfinished()


def test_exactly_the_plan_that_was_approved_is_applied(terraform: FakeTerraform, tmp_path: Path) -> None:
    chosen = root(environment_id="test")
    chosen.prepare()
    terraform.answer("plan", code=2)
    terraform.creates_plan()
    plan = tmp_path / ".telemetry" / "aws-test" / "deployment.tfplan"
    seen: list[tuple[str, int, bool]] = []

    def approve() -> None:
        seen.append((plan.read_text(), stat.S_IMODE(plan.stat().st_mode), chosen.unfinished()))

    chosen.apply(approve)
    assert seen == [("plan\n", 0o600, False)]
    assert f"-out={plan}" in terraform.calls[-2]
    assert terraform.calls[-1][1:] == ["apply", "-input=false", "-lock-timeout=300s", str(plan)]
    assert not plan.exists()


def test_a_plan_that_is_not_approved_changes_nothing(terraform: FakeTerraform, tmp_path: Path) -> None:
    chosen = root()
    chosen.prepare()
    terraform.answer("plan", code=2)
    terraform.creates_plan()

    def refuse() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chosen.apply(refuse)
    assert [call[1] for call in terraform.calls] == ["init", "plan"]
    assert (list(tmp_path.rglob("*.tfplan")), chosen.unfinished()) == ([], False)


def test_a_plan_without_changes_needs_no_approval(terraform: FakeTerraform) -> None:
    chosen = root()
    chosen.prepare()
    chosen.apply(lambda: pytest.fail("approved"))
    assert [call[1] for call in terraform.calls] == ["init", "plan"]


def test_a_stale_plan_is_explained(terraform: FakeTerraform, tmp_path: Path) -> None:
    chosen = root()
    chosen.prepare()
    errors = (
        "Error: Saved plan is stale\n\nThe given plan file can no longer be applied because the state was changed\n"
    )
    terraform.answer("apply", code=1, errors=errors)
    with pytest.raises(TargetError) as stale:
        chosen.apply_plan(tmp_path / "plan")
    said = "another deployment changed the state after this plan was made: Terraform changed nothing; make a new plan"
    assert str(stale.value) == f"terraform apply failed: {said}"


def test_an_apply_with_imports_runs_in_a_copy_of_the_root(terraform: FakeTerraform, tmp_path: Path) -> None:
    chosen = root(environment_id="test")
    chosen.prepare()
    terraform.answer("plan", code=2)
    chosen.apply(nothing, {"module.telemetry.aws_sqs_queue.events": "telemetry-test"})
    chosen.apply(nothing)
    folders = [call[0] for call in terraform.calls if call[1] in ("plan", "apply")]
    copy, live = f"-chdir={tmp_path}/.telemetry/aws-test/import/live/aws", f"-chdir={tmp_path}/terraform/live/aws"
    assert folders == [copy, copy, live, live]
    assert not (tmp_path / ".telemetry" / "aws-test" / "import").exists()


def test_destroy_asks_no_question(terraform: FakeTerraform) -> None:
    root().destroy()
    assert {"destroy", "-input=false", "-auto-approve"} <= set(terraform.calls[0])


def change(actions: list[str], **values: Any) -> dict[str, Any]:
    return {"address": "aws_x.a", "type": "aws_x", "change": {"actions": actions, "after": values or None}}


def test_creations_are_the_resources_that_a_plan_only_creates(terraform: FakeTerraform, tmp_path: Path) -> None:
    actions = (["create"], ["no-op"], ["update"], ["delete", "create"], ["create", "delete"], ["read"])
    terraform.answer("show", {"resource_changes": [change(action, name="x") for action in actions]})
    terraform.creates_plan()
    chosen = root(environment_id="test")
    chosen.prepare()
    assert chosen.creations() == [Planned("aws_x.a", "aws_x", {"name": "x"})]
    plan = tmp_path / ".telemetry" / "aws-test" / "creations.tfplan"
    assert [call[1:] for call in terraform.calls if call[1] == "show"] == [["show", "-json", str(plan)]]
    assert not plan.exists()


def test_a_resource_without_planned_values_has_none(terraform: FakeTerraform) -> None:
    terraform.answer("show", {"resource_changes": [change(["create"])]})
    terraform.creates_plan()
    chosen = root()
    chosen.prepare()
    assert chosen.creations() == [Planned("aws_x.a", "aws_x", {})]
    terraform.answer("show", {})
    assert chosen.creations() == []


def test_a_plan_of_creations_is_deleted_even_if_it_cannot_be_shown(terraform: FakeTerraform, tmp_path: Path) -> None:
    terraform.answer("show", code=1, errors="Error: unreadable")
    terraform.creates_plan()
    chosen = root()
    chosen.prepare()
    with pytest.raises(TargetError, match=r"^terraform show failed: Error: unreadable$"):
        chosen.creations()
    assert list(tmp_path.rglob("*.tfplan")) == []


def test_outputs_are_values_by_name(terraform: FakeTerraform) -> None:
    terraform.answer("output", {"webhook_url": {"value": "https://x", "type": "string"}, "none": {"value": None}})
    assert root().outputs() == {"webhook_url": "https://x", "none": None}


@pytest.mark.parametrize("output", ["", "{}"])
def test_without_outputs_nothing_is_deployed(terraform: FakeTerraform, output: str) -> None:
    terraform.answer("output", output)
    with pytest.raises(TargetError, match=r"^nothing is deployed: run `make deploy-aws`$"):
        root().outputs()


HELD = "another deployment holds the state's lock; if none runs, it was killed: delete "
RUNS = "another deployment of this environment still runs: wait for its end"
REMEDIES = [
    ("aws", "states", f"{HELD}s3://states/telemetry-functions/test.tfstate.tflock, then run this again"),
    ("gcp", "states", f"{HELD}gs://states/telemetry-functions/test/default.tflock, then run this again"),
    ("aws", "", RUNS),
    ("local", "states", RUNS),
]


@pytest.mark.parametrize(("name", "bucket", "remedy"), REMEDIES)
def test_a_held_lock_is_explained(terraform: FakeTerraform, name: str, bucket: str, remedy: str) -> None:
    terraform.answer("apply", code=1, errors=LOCK)
    chosen = root(name, environment_id="test", state_bucket=bucket)
    chosen.prepare()
    with pytest.raises(TargetError) as failed:
        chosen.apply_plan(Path("plan"))
    assert str(failed.value) == f"terraform apply failed: {remedy}"


def test_an_interrupted_apply_says_how_to_go_on(terraform: FakeTerraform) -> None:
    program = terraform.path / "terraform"
    program.write_text("#!/bin/sh\ntrap 'exit 1' INT\nkill -TERM $PPID\nwhile :; do sleep 0.05; done\n")
    with pytest.raises(InterruptedRunError, match=r"^terraform destroy was interrupted, and its state is saved"):
        root().destroy()


def test_a_configuration_file_that_does_not_exist_is_ignored(
    terraform: FakeTerraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing"))
    root().destroy()
    assert "TF_CLI_CONFIG_FILE" not in terraform.environment
    (tmp_path / "missing").touch()
    root().destroy()
    assert terraform.environment["TF_CLI_CONFIG_FILE"] == str(tmp_path / "missing")


@pytest.mark.parametrize(("name", "is_kept"), [("aws", True), ("local", False)])
def test_the_emulator_never_sees_the_user_s_credentials(
    terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch, name: str, *, is_kept: bool
) -> None:
    for variable in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "the user's")
    root(name).destroy()
    assert ("the user's" in terraform.environment.values()) is is_kept


@pytest.mark.parametrize("name", ["aws", "gcp"])
def test_a_state_elsewhere_is_refused_before_anything_is_started(
    terraform: FakeTerraform, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / ".telemetry" / f"{name}-test"
    folder.mkdir(parents=True)
    (folder / "terraform.tfstate").write_text('{"lineage": "a", "serial": 1, "resources": [{}]}')
    chosen = root(name, environment_id="test", state_bucket="states")
    with pytest.raises(TargetError, match=f"`make state-{name}` moves it into the bucket$"):
        chosen.check()
    assert terraform.calls == []
    assert chosen.move_state() == folder / "terraform.tfstate.moved"
    assert [call[1] for call in terraform.calls] == ["init", "state", "state"]
    assert terraform.calls[-1][1:] == [
        "state",
        "push",
        "-lock-timeout=300s",
        "-force",
        str(folder / "terraform.tfstate"),
    ]
    chosen.check()


@pytest.mark.parametrize("name", ["aws", "gcp", "local"])
def test_a_destruction_needs_no_package_of_the_deployment(terraform: FakeTerraform, name: str) -> None:
    chosen = root(name, environment_id="test")
    chosen.prepare(destroys=True)
    packages = variables(terraform, chosen)["packages"]
    assert set(packages) == {"webhook", "worker"}
    assert [zipfile.ZipFile(path).namelist() for path in packages.values()] == [[], []]
