"""The wheel as it is installed: what is no Python is in it too, and the page made of it is the page made here."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.environment import PATIENCE
from tests.unit.warehouse import sample_report
from warehouse.dashboard import page

ROOT = Path(__file__).parents[3]
MAKE = """
import sys
from warehouse import dashboard
assert dashboard.__file__.startswith(sys.argv[1]), dashboard.__file__
from warehouse.report.model import Report
sys.stdout.write(dashboard.page(Report(0, "x", {}, None, (), (), (), (), (), (), 0), ()))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--no-index")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(ROOT)],
        env=variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = folder.glob("*.whl")
    return path


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for name in ("cli", "core", "fakes", "runtimes", "warehouse")
        for path in (ROOT / name).rglob("*")
    }
    wanted = {name for name in sources if (ROOT / name).is_file() and "__pycache__" not in name}
    with zipfile.ZipFile(wheel) as archive:
        assert wanted - set(archive.namelist()) == set()
    assert {Path(name).suffix for name in wanted} >= {".css", ".html", ".js", ".json", ".py", ".sql"}


def test_the_wheel_alone_can_build_the_page(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    alone = f"sys.path[:] = [sys.argv[1], *(p for p in sys.path if 'site-packages' not in p)]\n{MAKE}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys\n{alone}", str(tmp_path)], capture_output=True, text=True, check=True
    )
    nothing = sample_report.empty()._replace(generated_at=0, source="x", records={}, measures=(), periods=())
    assert done.stdout == page(nothing, ())
