"""The wheel as it is installed: what is no Python is in it too, and the page made of it is the page made here."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from telemetry_functions.installation import PACKAGES
from tests.e2e.package.installed import ROOT, build_wheel
from tests.unit.warehouse import sample_report
from warehouse.dashboard import page
from warehouse.report import empty_state

OURS = "telemetry_functions/_packages"
MAKE = """
import sys
from warehouse import dashboard
assert dashboard.__file__.startswith(sys.argv[1]), dashboard.__file__
from warehouse.report.model import Report
sys.stdout.write(dashboard.page(Report(0, "x", {}, None, (), (), (), (), (), (), 0), ()))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    sources = {path.relative_to(ROOT).as_posix() for name in PACKAGES for path in (ROOT / name).rglob("*")}
    wanted = {name for name in sources if (ROOT / name).is_file() and "__pycache__" not in name}
    with zipfile.ZipFile(wheel) as archive:
        assert {f"{OURS}/{name}" for name in wanted} - set(archive.namelist()) == set()
    assert {Path(name).suffix for name in wanted} >= {".css", ".html", ".js", ".json", ".py", ".sql"}


def test_the_wheel_has_one_import_package_and_what_deployments_need(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"telemetry_functions"}
    assert {name.split("/")[2] for name in names if name.startswith(f"{OURS}/")} == {*PACKAGES, "terraform"}
    modules = {
        f"{OURS}/{path.relative_to(ROOT).as_posix()}"
        for path in ROOT.glob("terraform/**/*.tf")
        if ".terraform" not in path.parts
    } - {f"{OURS}/terraform/live/{root}/backend_override.tf" for root in ("aws", "gcp")}
    assert modules - set(names) == set()
    assert [name for name in names if "/tests/" in name or ".terraform" in name or "override" in name] == []


def test_the_wheel_alone_can_build_the_page(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [
        (question, command.replace("make ", "telemetry "), what) for question, command, what in empty_state.NEXT_STEPS
    ]
    monkeypatch.setattr(empty_state, "NEXT_STEPS", steps)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    alone = f"sys.path[:] = [*sys.argv[1:], *(p for p in sys.path if 'site-packages' not in p)]\n{MAKE}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys\n{alone}", str(tmp_path), str(tmp_path / OURS)],
        capture_output=True,
        text=True,
        check=True,
    )
    nothing = sample_report.empty()._replace(generated_at=0, source="x", records={}, measures=(), periods=())
    assert done.stdout == page(nothing, ())
