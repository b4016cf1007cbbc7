"""Every folder of cli/deployment/clouds is a target, and nothing outside of them depends on a cloud's name."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.deployment import clouds
from cli.deployment.cloud import TargetError
from cli.deployment.target import Target
from tests.builders import settings

ROOT = Path(__file__).parents[2]
CLOUDS = ROOT / "cli" / "deployment" / "clouds"
PACKAGES = ("cli", "core", "docs", "fakes", "runtimes", "warehouse")
SDKS = ("boto3", "botocore", "google.api_core", "google.auth", "google.cloud.storage")
EVERY_TARGET = pytest.mark.parametrize("name", clouds.names())


def branches_on(names: set[str], source: str) -> list[int]:
    """Return the lines that compare a value with a name, match it, or look it up in a literal dictionary."""
    return sorted(node.lineno for node in ast.walk(ast.parse(source)) if names & set(decided_by(node)))


def decided_by(node: ast.AST) -> Iterator[object]:
    """Yield the constants on which a node decides."""
    if isinstance(node, ast.Compare):
        for side in (node.left, *node.comparators):
            yield from constants(side)
    elif isinstance(node, ast.MatchValue):
        yield from constants(node.value)
    elif isinstance(node, ast.Dict):
        for key in node.keys:
            yield from constants(key)


def constants(node: ast.expr | None) -> Iterator[object]:
    if isinstance(node, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for element in node.elts:
            yield from constants(element)


def target(name: str, **values: str) -> Target:
    return clouds.select(name, settings(**values))


@pytest.mark.parametrize(
    "source",
    [
        "x == 'gcp'",
        "'local' != x.name",
        "x in ('aws', 'gcp')",
        "x not in {'azure', 'gcp'}",
        "match x:\n  case 'aws' | 'azure': pass",
        "{'gcp': 1}[x]",
        "1 if name == 'local' else 2",
    ],
)
def test_a_decision_by_a_cloud_s_name_is_detected(source: str) -> None:
    assert branches_on(set(clouds.names()), source) != []


@pytest.mark.parametrize("source", ["x == 'azure'", "call('gcp')", "x = 'local'", "x == y", "{'azure': 'gcp'}"])
def test_other_uses_of_a_name_are_no_decision(source: str) -> None:
    assert branches_on(set(clouds.names()), source) == []


def test_only_a_cloud_s_folder_decides_by_its_name() -> None:
    decisions = {
        f"{path.relative_to(ROOT)}:{line}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if not path.is_relative_to(CLOUDS)
        for line in branches_on(set(clouds.names()), path.read_text())
    }
    assert decisions == set()


def test_the_targets_are_the_folders() -> None:
    folders = {path.parent.name for path in CLOUDS.glob("*/__init__.py")}
    assert set(clouds.names()) == folders >= {"aws", "gcp", "local"}


@EVERY_TARGET
def test_a_target_has_the_name_of_its_folder_and_a_terraform_root(name: str) -> None:
    kind = clouds.target_type(name)
    assert (kind.name, kind.__module__) == (name, f"cli.deployment.clouds.{name}.target")
    assert (ROOT / "terraform" / "live" / kind.root / "main.tf").is_file()


@EVERY_TARGET
def test_the_states_of_two_environments_have_different_objects_and_locks(name: str) -> None:
    one, other = (target(name).backend("bucket", key) for key in ("telemetry/one", "telemetry/other"))
    assert "bucket=bucket" in one.arguments
    assert one.kind == other.kind
    assert one.arguments != other.arguments
    assert one.lock != other.lock


@EVERY_TARGET
def test_an_unknown_architecture_is_refused_before_anything_is_built(name: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="architecture"):
        next(target(name).build(tmp_path / "out", "sparc"))
    assert list(tmp_path.iterdir()) == []


@EVERY_TARGET
def test_variables_pass_the_settings_and_the_store_on(name: str) -> None:
    variables = {"settings": {"repo_owner": "acme"}, "store": {"kind": "github"}}
    result = target(name).add_variables(variables, "")
    assert result["settings"]["repo_owner"] == "acme"
    assert result["store"]["kind"] == "github"
    assert variables == {"settings": {"repo_owner": "acme"}, "store": {"kind": "github"}}


@EVERY_TARGET
def test_a_public_webhook_url_stays_as_it_is(name: str) -> None:
    assert target(name).webhook_url("https://telemetry.example.com/telemetry") == (
        "https://telemetry.example.com/telemetry"
    )


def test_selecting_every_target_loads_no_cloud_sdk() -> None:
    script = (
        "import json, sys\n"
        "from cli.deployment import clouds\n"
        "kinds = [clouds.target_type(name).name for name in clouds.names()]\n"
        "print(json.dumps([kinds, sorted(sys.modules)]))\n"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    kinds, modules = json.loads(result.stdout)
    assert kinds == list(clouds.names())
    assert [name for name in modules if name.startswith(SDKS)] == []


def test_the_target_aws_builds_for_this_machine_only_for_an_emulator() -> None:
    with pytest.raises(TargetError, match="unknown architecture 'native'"):
        next(target("aws").build(Path("out"), "native"))
    emulated = target("aws", aws_endpoint_url="http://127.0.0.1:4567")
    runtime = emulated.add_variables({}, "native")["runtime"]
    assert runtime["python"] == f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert target("aws").add_variables({}, "") == {}


def test_only_an_emulator_s_webhook_url_is_replaced_by_one_that_resolves() -> None:
    url = "https://abc.execute-api.localhost:4567/telemetry"
    emulated = target("aws", aws_endpoint_url="http://127.0.0.1:4567")
    assert emulated.webhook_url(url) == "http://127.0.0.1:4567/_aws/execute-api/abc/$default/telemetry"
    assert emulated.webhook_url("https://telemetry.example.com/telemetry") == "https://telemetry.example.com/telemetry"
    assert target("aws").webhook_url(url) == url
