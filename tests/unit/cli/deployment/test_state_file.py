import fcntl
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.cloud import TargetError
from cli.deployment.state_file import check, move
from cli.deployment.target import Backend

BACKENDS = [
    Backend("s3", ("bucket=states", "key=telemetry-functions/test.tfstate"), "s3://states/x.tflock"),
    Backend("gcs", ("bucket=states", "prefix=telemetry-functions/test"), "gs://states/x/default.tflock"),
]
DEPLOYED = {"lineage": "a", "serial": 7, "resources": [{"type": "aws_sqs_queue"}]}
DESTROYED = {**DEPLOYED, "resources": []}


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def last_used(folder: Path, kind: str, **config: str) -> None:
    """Write what `terraform init` records of a backend."""
    write(folder / "terraform" / "terraform.tfstate", {"version": 3, "backend": {"type": kind, "config": config}})


@pytest.mark.parametrize("backend", BACKENDS, ids=["s3", "gcs"])
def test_a_local_state_is_not_ignored_when_a_bucket_is_set(tmp_path: Path, backend: Backend) -> None:
    path = write(tmp_path / "terraform.tfstate", DEPLOYED)
    with pytest.raises(TargetError) as refused:
        check(tmp_path, backend, "aws")
    assert str(refused.value) == (
        f"STATE_BUCKET is set, but the state of this environment is the file {path}: `make state-aws` moves it into the bucket"
    )


@pytest.mark.parametrize("backend", [*BACKENDS, None], ids=["s3", "gcs", "file"])
@pytest.mark.parametrize("content", [None, DESTROYED], ids=["missing", "destroyed"])
def test_without_resources_any_backend_will_do(tmp_path: Path, backend: Backend | None, content: Any) -> None:
    if content:
        write(tmp_path / "terraform.tfstate", content)
    check(tmp_path, backend, "aws")


@pytest.mark.parametrize("kind", ["s3", "gcs"])
@pytest.mark.parametrize(
    "backend", [None, Backend("s3", ("bucket=other",), ""), Backend("s3", ("bucket=states-2",), "")]
)
def test_a_state_in_a_bucket_is_not_ignored_without_it(tmp_path: Path, kind: str, backend: Backend | None) -> None:
    last_used(tmp_path, kind, bucket="states")
    with pytest.raises(
        TargetError, match=r"^the state of this environment is in the bucket states: set STATE_BUCKET=states; if"
    ):
        check(tmp_path, backend, "aws")


def test_the_same_backend_as_before_is_used_without_a_word(tmp_path: Path) -> None:
    last_used(tmp_path, "s3", bucket="states")
    check(tmp_path, BACKENDS[0], "aws")
    last_used(tmp_path, "local", path="x")
    write(tmp_path / "terraform.tfstate", DEPLOYED)
    check(tmp_path, None, "aws")


def test_a_move_that_failed_leaves_the_file_in_use(tmp_path: Path) -> None:
    write(tmp_path / "terraform.tfstate", DEPLOYED)
    last_used(tmp_path, "s3", bucket="states")
    check(tmp_path, None, "aws")


class Remote:
    """A backend that holds one state."""

    def __init__(self, state: Any = None) -> None:
        self.state = state

    def pull(self) -> str:
        return json.dumps(self.state) if self.state else ""

    def push(self, path: Path) -> None:
        self.state = json.loads(path.read_text())


@pytest.mark.parametrize("before", [None, {"lineage": "b", "serial": 1, "resources": []}], ids=["missing", "empty"])
def test_a_state_is_moved_into_an_empty_backend_and_kept(tmp_path: Path, before: Any) -> None:
    write(tmp_path / "terraform.tfstate", DEPLOYED)
    remote = Remote(before)
    kept = move(tmp_path, remote.pull, remote.push)
    assert remote.state == DEPLOYED
    assert kept == tmp_path / "terraform.tfstate.moved"
    assert json.loads(kept.read_text()) == DEPLOYED
    assert not (tmp_path / "terraform.tfstate").exists()
    check(tmp_path, BACKENDS[0], "aws")


def test_nothing_is_moved_without_a_state(tmp_path: Path) -> None:
    def fail(*_: Any) -> str:
        raise AssertionError

    assert move(tmp_path, fail, fail) is None
    write(tmp_path / "terraform.tfstate", DESTROYED)
    assert move(tmp_path, fail, fail) is None


@pytest.mark.parametrize("remote", [{**DEPLOYED, "lineage": "b"}, {**DEPLOYED, "serial": 6}], ids=["other", "older"])
def test_a_state_in_the_bucket_is_never_overwritten(tmp_path: Path, remote: Any) -> None:
    path, backend = write(tmp_path / "terraform.tfstate", DEPLOYED), Remote(remote)
    with pytest.raises(TargetError, match=r"^both the bucket and the file .* hold a state of this environment"):
        move(tmp_path, backend.pull, backend.push)
    assert (backend.state, path.exists()) == (remote, True)


def test_a_move_that_was_interrupted_is_completed(tmp_path: Path) -> None:
    write(tmp_path / "terraform.tfstate", DEPLOYED)
    remote = Remote({**DEPLOYED, "serial": 8})
    assert move(tmp_path, remote.pull, remote.push)
    assert remote.state["serial"] == 8


def test_the_state_of_a_deployment_that_runs_is_not_moved(tmp_path: Path) -> None:
    path, remote = write(tmp_path / "terraform.tfstate", DEPLOYED), Remote()
    holder = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+'); fcntl.lockf(file, fcntl.LOCK_EX); print('held'); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(TargetError, match="another deployment of this environment still runs"):
            move(tmp_path, remote.pull, remote.push)
        process.communicate("\n")
    assert remote.state is None


def test_no_deployment_can_begin_while_the_state_is_moved(tmp_path: Path) -> None:
    path = write(tmp_path / "terraform.tfstate", DEPLOYED)
    taken = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    codes = []

    def pull() -> str:
        result = subprocess.run([sys.executable, "-c", taken, str(path)], capture_output=True, check=False)
        codes.append(result.returncode)
        return ""

    move(tmp_path, pull, lambda _: None)
    assert codes == [1]
    with (tmp_path / "terraform.tfstate.moved").open("r+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_damaged_state_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text("{")
    with pytest.raises(
        TargetError, match=r"terraform\.tfstate is not JSON: restore it from terraform\.tfstate\.backup$"
    ):
        check(tmp_path, BACKENDS[0], "aws")
