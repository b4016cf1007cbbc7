import base64
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cli.deployment import archive
from cli.deployment.archive import Built
from cli.deployment.clouds.aws import packaging as packages
from cli.deployment.clouds.aws.packaging import Platform, native_platform
from cli.deployment.clouds.gcp import packaging as gcp
from tests.environment import PATIENCE

NATIVE = native_platform()


def zipped(tree: Path, target: Path) -> Built:
    return packages._within_limits(archive.write_zip(archive.read(tree), target))


def a_tree(folder: Path, *, reverse: bool = False) -> Path:
    files = {"b/two.py": b"2", "a.py": b"1", "b/one.py": b"1"}
    for path in sorted(files, reverse=reverse):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(files[path])
        (folder / path).chmod(0o600 if reverse else 0o755)
    return folder


def test_the_same_files_make_the_same_bytes_anywhere(tmp_path: Path) -> None:
    one = zipped(a_tree(tmp_path / "one"), tmp_path / "one.zip")
    two = zipped(a_tree(tmp_path / "deep" / "two", reverse=True), tmp_path / "two.zip")
    assert one.sha256 == two.sha256
    assert zipfile.ZipFile(one.path).namelist() == ["a.py", "b/one.py", "b/two.py"]
    (tmp_path / "one" / "a.py").write_bytes(b"3")
    assert zipped(tmp_path / "one", tmp_path / "one.zip").sha256 != two.sha256


def test_the_webhook_s_modules_are_the_cold_path_and_nothing_of_others() -> None:
    ours = archive.sources("runtimes/aws")
    webhook = archive.webhook_paths(ours, packages._WORKER_ONLY)
    assert "runtimes/aws/webhook.py" in webhook
    assert "core/metrics/workflow_job.py" in webhook
    assert not [
        path
        for path in ours
        if path.startswith(("cli", "fakes", "runtimes/local", "tests", "warehouse", "docs", "benchmarks"))
    ]
    for name in ("core/settings.py", "core/github/reader.py", "core/stores/github_repo.py", "runtimes/aws/worker.py"):
        assert name in ours
        assert name not in webhook


def test_the_webhook_runs_from_its_own_files_alone(tmp_path: Path) -> None:
    archive.copy(archive.webhook_paths(archive.sources("runtimes/aws"), packages._WORKER_ONLY), tmp_path)
    program = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}]\n"
        "from runtimes.aws import webhook\n"
        "answer = webhook.handler({'headers': {}, 'body': '{}'}, None)\n"
        "print(answer['statusCode'], sorted(n for n in sys.modules if n.startswith(('boto', 'requests', 'pydantic'))))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        env={
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "QUEUE_URL": "x",
            "ENVIRONMENT_ID": "t",
        }
        | {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    last = done.stdout.splitlines()[-1] if done.stdout else done.stderr
    assert last == "503 []"
    assert '"Unavailable":1' in done.stdout


def test_a_stand_in_for_an_interpreter_compiles_nothing() -> None:
    assert packages.compiles(NATIVE) == sys.executable
    assert packages.compiles(Platform("arm64", "3.99")) is None


@pytest.mark.parametrize("name", ["boto3", "filelock", "node-semver", "pydantic-settings", "requests"])
def test_the_lock_holds_what_the_code_imports_and_names_no_host(name: str) -> None:
    text = packages.LOCK.read_text()
    assert f"\n{name}==" in text
    assert "http" not in text.replace("httpx", "")


@pytest.mark.parametrize("size", [1, 2, 3])
def test_what_a_package_was_built_for_ends_its_base64(size: int, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.py").write_bytes(b"x" * size)
    built = archive.write_zip(archive.read(tmp_path / "tree"), tmp_path / "one.zip", "python=3.13 architecture=arm64")
    text = base64.b64encode(built.path.read_bytes())
    assert text.endswith(base64.b64encode(b"python=3.13 architecture=arm64".rjust(48)))
    assert zipfile.ZipFile(built.path).namelist() == ["a.py"]
    assert built.size == built.path.stat().st_size


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("aws/tests/other_runtime.zip", "python=3.12 architecture=x86_64"),
        ("gcp/tests/other_runtime.zip", "python=3.12"),
    ],
)
def test_the_packages_of_terraform_s_tests_are_ours(path: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "handler.py").write_text("")
    built = archive.write_zip(archive.read(tmp_path / "tree"), tmp_path / "one.zip", text)
    assert built.path.read_bytes() == (archive.ROOT / "terraform" / path).read_bytes()


@pytest.mark.parametrize("architecture", packages.ARCHITECTURES)
def test_a_package_names_its_python_and_architecture(architecture: str) -> None:
    assert packages.built_for(Platform(architecture, "3.13")) == f"python=3.13 architecture={architecture}"


def test_the_packages_are_built_for_the_default_runtimes_of_terraform() -> None:
    modules = archive.ROOT / "terraform"
    assert f'optional(string, "python{packages.PYTHON}")' in (modules / "aws" / "variables.tf").read_text()
    assert f'optional(string, "python{gcp.PYTHON.replace(".", "")}")' in (modules / "gcp" / "variables.tf").read_text()
