"""What the functions' zips hold, and that the same code makes the same bytes; the installed ones are in tests/e2e."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from cli.deployment import archive
from cli.deployment.archive import Built
from cli.deployment.clouds.aws import packaging as packages
from cli.deployment.clouds.aws.packaging import Platform, native_platform
from tests.conftest import missing

ROOT = Path(__file__).parents[6]
NATIVE = native_platform()
NAME = re.compile(r"[A-Za-z0-9._-]+")


PART = ("core/__init__.py", "core/errors.py", "core/metrics/", "core/webhook.py", "runtimes/")
"""What a checkout holds where any sources do: each build compiles all of them."""


def check_out(folder: Path, monkeypatch: pytest.MonkeyPatch, part: tuple[str, ...] = ("",)) -> Path:
    """Copy the code, or a part, into a git repository below the folder, and package from there; nothing is installed."""
    if shutil.which("git") is None:
        missing("git", "apt-get install git")
    root = folder / "checkout"
    for path in (path for path in archive.sources("runtimes/aws") if path.startswith(part)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, root / path)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    monkeypatch.setattr(archive, "ROOT", root)
    monkeypatch.setattr(packages, "_install", lambda _platform, folder: folder.mkdir())
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return root


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A part of the code in a git repository of the test's own."""
    return check_out(tmp_path, monkeypatch, PART)


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The zips of the unchanged code, for the tests that only read them."""
    folder = tmp_path_factory.mktemp("packaged")
    with pytest.MonkeyPatch.context() as monkeypatch:
        check_out(folder, monkeypatch)
        return {name: package.path for name, package in built(folder / "built").items()}


@pytest.fixture
def installations(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[Platform]:  # noqa: ARG001 (isolates the cache)
    """Count the installations of third-party packages; each one installs a module beside two of ours."""
    installed: list[Platform] = []
    monkeypatch.setattr(archive, "sources", lambda _runtime: ["core/errors.py", "core/webhook.py"])

    def install(platform: Platform, folder: Path) -> None:
        installed.append(platform)
        (folder / "third_party").mkdir(parents=True)
        (folder / "third_party" / "module.py").write_text("X = 1\n")

    monkeypatch.setattr(packages, "_install", install)
    return installed


def git(root: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *arguments], cwd=root, env=environment, check=True, capture_output=True)


def built(folder: Path) -> dict[str, Built]:
    return {package.path.stem: package for package in packages.build(NATIVE, folder)}


def sums(folder: Path) -> dict[str, str]:
    return {name: package.sha256 for name, package in built(folder).items()}


def names(zipped: Path) -> list[str]:
    with zipfile.ZipFile(zipped) as archive:
        return archive.namelist()


@pytest.mark.usefixtures("checkout")
def test_the_same_code_in_another_folder_makes_the_same_bytes(tmp_path: Path) -> None:
    assert sums(tmp_path / "once") == sums(tmp_path / "somewhere" / "else" / "again")


def test_another_checkout_of_the_same_code_makes_the_same_bytes(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sums(tmp_path / "before")
    elsewhere = tmp_path / "a clone with another name"
    shutil.copytree(checkout, elsewhere)
    monkeypatch.setattr(archive, "ROOT", elsewhere)
    assert sums(tmp_path / "after") == before


def test_a_changed_source_makes_other_bytes(checkout: Path, tmp_path: Path) -> None:
    before = sums(tmp_path / "before")
    with (checkout / "core" / "webhook.py").open("a") as source:
        source.write("CHANGED = True\n")
    after = sums(tmp_path / "after")
    assert {name for name in before if before[name] != after[name]} == {"webhook", "worker"}


def test_a_file_that_git_does_not_track_changes_nothing(checkout: Path, tmp_path: Path) -> None:
    before = sums(tmp_path / "before")
    (checkout / "core" / "stray.py").write_text("")
    (checkout / "core" / "metrics" / "stray.json").write_text("")
    assert sums(tmp_path / "after") == before


def test_without_git_the_folders_are_taken_as_they_are(checkout: Path, tmp_path: Path) -> None:
    before = sums(tmp_path / "before")
    shutil.rmtree(checkout / ".git")
    assert sums(tmp_path / "after") == before


def test_entries_are_sorted_stored_and_have_one_time_and_one_mode(packaged: dict[str, Path]) -> None:
    with zipfile.ZipFile(packaged["webhook"]) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    attributes = {(e.date_time, e.external_attr >> 16, e.compress_type, e.create_system) for e in entries}
    assert attributes == {((1980, 1, 1, 0, 0, 0), 0o100644, zipfile.ZIP_STORED, 3)}


def test_no_path_of_this_machine_is_inside(packaged: dict[str, Path]) -> None:
    for path in packaged.values():
        content = path.read_bytes()
        assert str(ROOT).encode() not in content
        assert str(path.parent.parent).encode() not in content
        assert str(Path.home()).encode() + b"/" not in content


def test_nothing_but_core_and_the_code_for_aws_is_inside(packaged: dict[str, Path]) -> None:
    for path in packaged.values():
        assert {name for name in names(path) if not name.startswith(("core/", "runtimes/aws/"))} == {
            "runtimes/__init__.py",
            f"runtimes/__pycache__/__init__.cpython-{NATIVE.python.replace('.', '')}.pyc",
        }


def test_each_source_has_its_byte_code_which_is_not_checked_against_it(packaged: dict[str, Path]) -> None:
    with zipfile.ZipFile(packaged["worker"]) as archive:
        sources = [name for name in archive.namelist() if name.endswith(".py")]
        compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
        # https://peps.python.org/pep-0552/: 1 is hash-based, 2 would be checked
        assert {int.from_bytes(archive.read(name)[4:8], "little") for name in compiled} == {1}
    assert len(sources) == len(compiled) > 50


@pytest.mark.usefixtures("checkout")
def test_too_large_a_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_MAX_ZIPPED", 1000)
    with pytest.raises(packages.TelemetryError, match=r"webhook\.zip has \d+ bytes: Lambda takes 1000"):
        built(tmp_path)


def test_a_second_build_installs_nothing_and_makes_the_same_bytes(
    installations: list[Platform], tmp_path: Path
) -> None:
    first, second = sums(tmp_path / "first"), sums(tmp_path / "second")
    assert first == second
    assert installations == [NATIVE]
    zipped = names(tmp_path / "second" / "worker.zip")
    assert f"third_party/__pycache__/module.cpython-{NATIVE.python.replace('.', '')}.pyc" in zipped
    assert not [name for name in names(tmp_path / "second" / "webhook.zip") if name.startswith("third_party")]


def test_a_changed_source_is_packaged_beside_cached_packages(
    checkout: Path, installations: list[Platform], tmp_path: Path
) -> None:
    before = sums(tmp_path / "before")
    (checkout / "core" / "webhook.py").write_text("CHANGED = True\n")
    after = built(tmp_path / "after")
    assert {name for name in before if before[name] != after[name].sha256} == {"webhook", "worker"}
    with zipfile.ZipFile(after["worker"].path) as archive:
        assert archive.read("core/webhook.py") == b"CHANGED = True\n"
    assert installations == [NATIVE]


def test_a_changed_lock_file_installs_again(
    installations: list[Platform], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1\n")
    monkeypatch.setattr(packages, "LOCK", lock)
    built(tmp_path / "before")
    lock.write_text("a==2\n")
    built(tmp_path / "after")
    assert len(installations) == 2


@pytest.mark.parametrize("other", [Platform("arm64", "3.13"), Platform("x86_64", "3.13"), Platform("x86_64", "3.12")])
def test_another_platform_has_packages_of_its_own(
    installations: list[Platform], tmp_path: Path, other: Platform
) -> None:
    for platform in (NATIVE, other, NATIVE, other):
        list(packages.build(platform, tmp_path))
    assert installations == [NATIVE, other]


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (sys, "version", "3.11.99"),
        (packages, "compiles", lambda _: None),
        (packages, "_version", lambda _: "3.13.99"),
        (packages, "machine", lambda: "riscv64"),
        (packages, "system", lambda: "Plan9"),
        (packages, "libc_ver", lambda: ("glibc", "2.99")),
        (packages.importlib.metadata, "version", lambda _: "99.0"),
    ],
    ids=["python", "no compiler", "compiler", "machine", "system", "libc", "pip"],
)
def test_another_machine_python_or_pip_has_another_key(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, value: object
) -> None:
    before = packages.packages_key(NATIVE)
    monkeypatch.setattr(module, name, value)
    assert packages.packages_key(NATIVE) != before


def test_a_failed_installation_is_not_cached(
    installations: list[Platform], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install = packages._install

    def fail(_platform: Platform, _folder: Path) -> None:
        raise packages.TelemetryError("pip cannot install the worker's packages")

    monkeypatch.setattr(packages, "_install", fail)
    with pytest.raises(packages.TelemetryError, match="pip cannot install"):
        built(tmp_path)
    monkeypatch.setattr(packages, "_install", install)
    assert "third_party/module.py" in names(built(tmp_path)["worker"].path)
    assert installations == [NATIVE]


def test_files_that_differ_between_installations_are_not_packaged(tmp_path: Path) -> None:
    expected = [
        "a-1.dist-info/METADATA",
        "a-1.dist-info/licenses/LICENSE",
        "a/bin/kept.py",
        "botocore/data/partitions.json",
    ]
    expected += ["botocore/data/sqs/service-2.json.gz"]
    dropped = ["bin/a", "a-1.dist-info/RECORD", "a-1.dist-info/INSTALLER", "a-1.dist-info/direct_url.json"]
    dropped += ["a-1.dist-info/REQUESTED", "botocore/data/ec2/service-2.json.gz"]
    for name in expected + dropped:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    packages._remove_unneeded(tmp_path)
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()) == sorted(expected)


def test_the_package_contains_the_used_services_of_botocore() -> None:
    sources = [
        (ROOT / path).read_text() for path in archive.sources("runtimes/aws") if path.startswith("runtimes/aws/")
    ]
    services = {
        name for text in sources for name in re.findall(r'(?:_client|\.client|\.resource)\("([a-z0-9-]+)"', text)
    }
    assert services <= packages._BOTO_SERVICES
    assert {"sqs", "ssm"} <= services


def test_only_an_installed_interpreter_compiles_bytecode() -> None:
    assert packages.compiles(NATIVE) is not None
    assert packages.compiles(Platform("arm64", "3.999")) is None


def test_a_version_manager_s_shim_is_no_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3.998").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.998").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert packages.compiles(Platform("arm64", "3.998")) is None


OF_THE_COMMANDS = ("duckdb", "pip", "pyarrow", "pydantic", "rich", "typer", "tzdata")
"""Packages of commands, reports and builds; no function has them."""


def wanted_by_pyproject() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {*project["dependencies"], *project["optional-dependencies"]["aws"]}
    of_commands = {line for line in wanted if line.partition(">=")[0] in OF_THE_COMMANDS}
    assert len(of_commands) == len(OF_THE_COMMANDS)
    return wanted - of_commands


def test_the_worker_wants_what_the_project_wants_and_boto3() -> None:
    lines = packages.LOCK.with_suffix(".in").read_text().splitlines()
    assert {line for line in lines if line and not line.startswith("#")} == wanted_by_pyproject()


def test_the_lock_holds_all_of_that_by_hash_and_names_no_registry() -> None:
    text = packages.LOCK.read_text()
    pins = re.findall(r"^([A-Za-z0-9._-]+)==[^ ]+(.*)$", text, re.MULTILINE)
    assert {match[0].lower() for wanted in wanted_by_pyproject() if (match := NAME.match(wanted))} <= {
        name for name, _ in pins
    }
    markers = {rest.removesuffix(" \\").strip() for _, rest in pins}
    assert {marker for marker in markers if "PyPy" not in marker} == {
        ""
    }  # none that another CPython would read otherwise
    assert all(rest.endswith(" \\") for _, rest in pins)  # a hash follows
    assert re.search(r"https?://|--(extra-)?index-url|--find-links", text) is None
