"""The wheel in virtual environments without a checkout, with the working folder `/` or one that holds packages of our names."""

from pathlib import Path

import pytest

from telemetry_functions.installation import PACKAGES
from tests import demo_records
from tests.e2e.package.installed import NAME, Installed, build_wheel, install

MODULE = "telemetry_functions"
OPTIONAL = {
    "serve": ("psutil", "local"),
    "demo": ("psutil", "local"),
    "serve-gcp": ("grpc", "gcp"),
    "package aws": ("pip", "aws"),
    "deploy local": ("psutil", "local"),
    "report s3://bucket": ("boto3", "aws"),
    "report gs://bucket": ("google", "gcp"),
}
"""What is missing, and the extra that has it, by command."""
EACH = """
import sys, telemetry_functions
for command in sys.argv[1:]:
    sys.argv = ["-c", *command.split()]
    try:
        telemetry_functions.main()
    except SystemExit as ended:
        print(ended.code, end=" ")
"""
"""Runs several commands in one process and prints their exit codes."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    return install(wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture
def neighbours(tmp_path: Path, installed: Installed) -> Path:
    """A working folder with packages of our names, which raise; another distribution has the same ones beside ours."""
    for name in PACKAGES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('imported a package of the working folder')\n")
        foreign = installed.site_packages / name
        foreign.mkdir(exist_ok=True)
        (foreign / "__init__.py").write_text("raise RuntimeError('imported a package of another project')\n")
    return tmp_path


def test_our_packages_are_importable_by_nobody_else(installed: Installed) -> None:
    code = f"import importlib.util; print([name for name in {PACKAGES} if importlib.util.find_spec(name)])"
    assert installed.start("python", "-c", code).stdout == "[]\n"
    assert installed.start("python", "-c", "import telemetry_functions").stderr == ""


@pytest.mark.parametrize("command", ["telemetry", f"python -m {MODULE}", f"python -I -m {MODULE}"])
def test_no_package_of_another_project_is_taken_for_ours(installed: Installed, neighbours: Path, command: str) -> None:
    done = installed.start(*command.split(), "metrics", cwd=neighbours)
    assert (done.returncode, done.stderr) == (0, "")
    assert "github::pull_request" in done.stdout


def test_a_missing_extra_is_one_line(installed: Installed) -> None:
    done = installed.start("python", "-c", EACH, *OPTIONAL)
    lines = [f"{package} is missing: `pip install '{NAME}[{extra}]'`" for package, extra in OPTIONAL.values()]
    assert [line.rpartition("//bucket: ")[2] for line in done.stderr.splitlines()] == lines
    assert done.stdout == "2 2 2 2 2 2 1 "


def test_records_are_reported_with_what_is_installed_by_default(installed: Installed, tmp_path: Path) -> None:
    demo_records.store(tmp_path / "records", weeks=2, end=demo_records.recently())
    assert "Deployment frequency" in installed.telemetry("report", tmp_path / "records")
    installed.telemetry("dashboard", tmp_path / "records", "--output", tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 100_000
