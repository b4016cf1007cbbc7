import ast
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from telemetry_functions import installation

ROOT = Path(__file__).parents[3]
MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "IS_CHECKOUT", False)


def test_here_it_is_a_checkout() -> None:
    assert (installation.IS_CHECKOUT, installation.ROOT) == (True, ROOT)


def test_our_packages_are_those_of_the_wheel() -> None:
    sources = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"]
    assert sources == {name: f"telemetry_functions/_packages/{name}" for name in (*installation.PACKAGES, "terraform")}
    assert sorted(installation.PACKAGES) == sorted(PROJECT["tool"]["importlinter"]["root_packages"])


def test_our_folder_comes_first_and_foreign_packages_are_forgotten() -> None:
    foreign, namespace = ModuleType("core"), ModuleType("cli")
    foreign.__file__, namespace.__path__ = "/site-packages/core/__init__.py", ["/site-packages/cli"]
    ours = sys.modules["telemetry_functions"]
    path = ["/bin", "/site-packages", str(ROOT)]
    modules = {"core": foreign, "core.x": foreign, "cli": namespace, "corelib": foreign, "telemetry_functions": ours}
    installation.put_first(path, modules)
    assert path == [str(ROOT), "/bin", "/site-packages"]
    assert sorted(modules) == ["corelib", "telemetry_functions"]


def test_our_own_packages_are_imported_once() -> None:
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in installation.PACKAGES}
    modules = dict(before)
    installation.put_first([], modules)
    assert modules == before


def test_every_extra_that_is_named_exists_and_has_the_package() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    names = {"google_crc32c": "google-cloud-storage", "grpc": "google-cloud-pubsub", "botocore": "boto3"}
    for package in (
        "boto3",
        "botocore",
        "cronsim",
        "functions_framework",
        "google_crc32c",
        "grpc",
        "localstack_client",
        "pip",
        "psutil",
    ):
        distribution = names.get(package, package).replace("_", "-")
        assert any(need.startswith(distribution) for need in extras[installation.extra_of(f"{package}.part")]), package


def test_a_package_of_no_extra_is_only_missing() -> None:
    assert (installation.extra_of("requests"), installation.missing("requests")) == ("", "requests is missing")


def test_a_missing_package_is_installed_by_make_in_a_checkout() -> None:
    assert installation.missing("boto3") == "boto3 is missing: run `make setup`"
    assert installation.missing("google.cloud") == "google.cloud is missing: run `make run-gcp`"


@pytest.mark.usefixtures("installed")
def test_a_missing_package_is_installed_by_its_extra_elsewhere() -> None:
    assert installation.missing("google.cloud") == "google.cloud is missing: `pip install 'telemetry-functions[gcp]'`"


INSTRUCTIONS = {
    ("run", ()): ("make run", "telemetry serve --queue sqlite"),
    ("run-gcp", ()): ("make run-gcp", "telemetry serve-gcp"),
    ("demo", ()): ("make demo", "telemetry demo"),
    ("deploy-aws", ()): ("make deploy-aws", "telemetry deploy aws"),
    ("deploy-gcp", (("PLAN", "plan"), ("YES", "1"))): (
        "make deploy-gcp PLAN=plan YES=1",
        "telemetry deploy gcp --plan plan --yes",
    ),
    ("plan-gcp", (("PLAN", "plan"),)): ("make plan-gcp PLAN=plan", "telemetry plan gcp --out plan"),
    ("secrets-local", (("ROTATE", "1"),)): ("make secrets-local ROTATE=1", "telemetry secrets local --rotate"),
    ("secrets-local", (("ROTATE", ""),)): ("make secrets-local", "telemetry secrets local"),
    ("replay-dead-letters-aws", ()): ("make replay-dead-letters-aws", "telemetry replay-dead-letters aws"),
    ("logs-aws", (("LOGS", "--minutes 5"),)): ('make logs-aws LOGS="--minutes 5"', "telemetry logs aws --minutes 5"),
    ("state-aws", (("STATE_BUCKET", "x"),)): ("make state-aws STATE_BUCKET=x", "STATE_BUCKET=x telemetry state aws"),
}
"""What to type in a checkout and elsewhere, by target and variables."""


@pytest.mark.parametrize(("asked", "answers"), INSTRUCTIONS.items())
def test_an_instruction_can_be_typed_where_it_is_read(
    asked: tuple[str, tuple[tuple[str, str], ...]], answers: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, variables = asked
    here = installation.instruction(target, **dict(variables))
    monkeypatch.setattr(installation, "IS_CHECKOUT", False)
    assert (here, installation.instruction(target, **dict(variables))) == answers


def test_an_instruction_runs_the_command_of_its_target() -> None:
    commands = re.findall(r"^([a-z-]+):.*\n\t@exec \$\(BIN\)/telemetry (\S+)", MAKEFILE, re.MULTILINE)
    assert dict(commands) == {"run": "serve", "run-gcp": "serve-gcp", "demo": "demo"}
    assert "%-aws:\n\t@$(BIN)/telemetry $* aws" in MAKEFILE


def test_a_page_is_a_file_in_a_checkout_and_a_url_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (ROOT / installation.document("GITHUB.md")).is_file()
    monkeypatch.setattr(installation, "IS_CHECKOUT", False)
    version = PROJECT["project"]["version"]
    expected = f"https://github.com/deven-org/telemetry-functions/blob/v{version}/docs/GITHUB.md"
    assert installation.document("GITHUB.md") == expected


def literals(path: Path) -> list[str]:
    """Return the texts of a module that are no docstrings and no attribute's description."""
    tree = ast.parse(path.read_text())
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in alone]
    return [node.value for node in constants if isinstance(node.value, str)]


def test_no_message_names_a_target_of_the_makefile_itself() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)) | {"deploy-", "secrets-", "plan-", "run`"}
    named = [
        (path.relative_to(ROOT).as_posix(), text)
        for package in installation.PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for text in literals(path)
        if set(re.findall(r"\bmake ([a-z-]+)", text)) & targets
    ]
    assert named == []


def test_pages_are_named_by_their_urls_outside_a_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "see docs/GITHUB.md, step 2 (https://example.org/docs/X.md)"
    assert installation.with_urls(text) == text
    monkeypatch.setattr(installation, "IS_CHECKOUT", False)
    expected = f"see {installation.document('GITHUB.md')}, step 2 (https://example.org/docs/X.md)"
    assert installation.with_urls(text) == expected


def test_no_text_that_terraform_shows_names_a_target_of_the_makefile() -> None:
    shown = [
        (path.relative_to(ROOT).as_posix(), line.strip())
        for path in (ROOT / "terraform").rglob("*.tf")
        for line in path.read_text().splitlines()
        if re.match(r"\s*(description|error_message)\s*=", line)
    ]
    assert len(shown) > 100
    assert [(path, line) for path, line in shown if re.search(r"\bmake [a-z]+-", line)] == []
