"""The wheel in virtual environments without a checkout, with the working folder `/` or one that holds packages of our names."""

from pathlib import Path

import pytest

from benchmarks import first_report
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from telemetry_functions.installation import PACKAGES
from tests import demo_records
from tests.conftest import free_port
from tests.e2e.killed_server import check_that_accepted_events_outlive_a_kill
from tests.e2e.package.installed import NAME, ROOT, Installed, build_wheel, install
from tests.e2e.package.test_package import package
from tests.e2e.server import Server, wait_for

MODULE = "telemetry_functions"
OPTIONAL = {
    "serve --queue sqlite": ("waitress", "local"),
    "demo": ("waitress", "local"),
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


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    """With all extras, and packages of our names beside ours, as another project may install them."""
    installed = install(wheel, tmp_path_factory.mktemp("complete"), "aws", "gcp", "local")
    for name in PACKAGES:
        put_foreign(installed.site_packages / name)
    return installed


def put_foreign(folder: Path) -> None:
    """Create a package that raises when it is imported."""
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('imported a package of another project')\n")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A working folder with packages of our names."""
    for name in PACKAGES:
        put_foreign(tmp_path / name)
    return tmp_path


def test_our_packages_are_importable_by_nobody_else(installed: Installed) -> None:
    code = f"import importlib.util; print([name for name in {PACKAGES} if importlib.util.find_spec(name)])"
    assert installed.start("python", "-c", code).stdout == "[]\n"
    assert installed.start("python", "-c", "import telemetry_functions").stderr == ""


@pytest.mark.parametrize("command", ["telemetry", f"python -m {MODULE}", f"python -I -m {MODULE}"])
def test_no_package_of_another_project_is_taken_for_ours(complete: Installed, foreign: Path, command: str) -> None:
    done = complete.start(*command.split(), "metrics", cwd=foreign)
    assert (done.returncode, done.stderr) == (0, "")
    assert "github::pull_request" in done.stdout


def test_the_demo_runs_without_a_checkout(complete: Installed, foreign: Path) -> None:
    output = complete.telemetry("demo", "--weeks", "1", cwd=foreign)
    assert "every fact is there, each once, and nothing else" in output
    assert "make " not in output
    assert "https://github.com/deven-org/telemetry-functions/blob/v" in output


def test_googles_functions_are_served_without_a_checkout(complete: Installed, foreign: Path) -> None:
    variables = {"PORT": str(free_port()), "PYTHONPATH": "", "HOME": str(complete.home)}
    server = Server(foreign, "", variables, "serve-gcp", [str(complete.venv / "bin" / "telemetry")]).start()
    try:
        sample = ROOT / "cli" / "samples" / "check_suite.json"
        assert server.post("check_suite", sample.read_bytes()).status_code == 202
        [record] = wait_for(server.records, "the record").values()
        assert record["metric_signature"] == "check-suite"
    finally:
        assert server.stop() == 0


def test_thirty_accepted_events_outlive_a_kill_of_the_server(complete: Installed, foreign: Path) -> None:
    variables = {"PYTHONPATH": "", "HOME": str(complete.home)}
    check_that_accepted_events_outlive_a_kill(foreign, [str(complete.venv / "bin" / "telemetry")], variables)


def test_the_functions_archives_are_those_of_a_checkout(complete: Installed, foreign: Path, tmp_path: Path) -> None:
    here = package(tmp_path / "here", "gcp")
    complete.telemetry("package", "gcp", "--out", tmp_path / "there", cwd=foreign)
    for name in ("webhook.zip", "worker.zip"):
        assert (tmp_path / "there" / name).read_bytes() == (here / name).read_bytes()


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


def test_try_reads_a_repository_with_what_is_installed_by_default(installed: Installed, tmp_path: Path) -> None:
    fake = FakeGitHub(token="t")
    first_report.add_history(fake.state.repository(first_report.NAME), first_report.Size(5, 2, 0))
    with serve(fake) as url:
        output = installed.telemetry("try", first_report.NAME, cwd=tmp_path, GITHUB_API_URL=url, GITHUB_TOKEN="t")
    assert "Deployment frequency" in output
    assert (tmp_path / f"{first_report.FOLDER}-report" / "dashboard.html").exists()
