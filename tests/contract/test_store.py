"""What every Store does, run over every implementation."""

import threading
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from core.errors import PermanentError, Unavailable
from core.github.api import pooled_session
from core.github.write_budget import WriteBudget
from core.log import Log
from core.ports import Store
from core.record_file import to_line
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.stores import github_repo
from core.stores.bucket import BucketStore
from core.stores.directory import DirectoryStore
from runtimes.aws.s3_store import S3Store
from runtimes.gcp.gcs_store import GcsObjects, GcsStore
from runtimes.local.wiring import Clients
from tests.builders import settings
from tests.contract.storage_iam import Grant, GrantedSession
from tests.git_branch import DataBranch
from tests.github_emulator import OWNER, TOKEN, GitHubEmulator
from tests.memory_adapters import MemorySecrets


@pytest.fixture(
    params=[
        "directory",
        "github",
        pytest.param("emulate", marks=pytest.mark.npm),
        pytest.param("emulate-empty", marks=pytest.mark.npm),
        pytest.param("s3", marks=pytest.mark.emulator),
        "gcs",
        "gcs-conditional",
    ]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return {
        "directory": lambda: DirectoryStore(tmp_path / "store"),
        "github": lambda: DataBranch().store(),
        "emulate": lambda: emulated(request.getfixturevalue("github")),
        "emulate-empty": lambda: emulated(request.getfixturevalue("github"), empty=True),
        "s3": lambda: S3Store(*a_bucket(request.getfixturevalue("emulator"))),
        "gcs": lambda: GcsStore(*a_bucket_of_google(request.getfixturevalue("gcs"))),
        "gcs-conditional": lambda: conditional(request.getfixturevalue("gcs")),
    }[request.param]()


def a_bucket(emulator: Clients) -> tuple[Any, str]:
    """A client and a new bucket."""
    endpoint = emulator.sqs.meta.endpoint_url
    keys = {"aws_access_key_id": "accesskey", "aws_secret_access_key": "secretkey", "region_name": "us-east-1"}
    config = Config(s3={"addressing_style": "path"}, max_pool_connections=32)
    client = boto3.client("s3", endpoint_url=endpoint, config=config, **keys)
    name = f"store-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=name)
    return client, name


def a_bucket_of_google(url: str) -> tuple[Any, str]:
    """A client and a new bucket."""
    client: Any = storage.Client(
        project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": url}
    )
    name = f"store-{uuid.uuid4().hex[:8]}"
    client.create_bucket(name)
    return client, name


OBJECTS, LIST = "roles/storage.objectUser", "roles/storage.legacyBucketReader"
CONDITION = (
    'resource.name.startsWith("projects/_/buckets/BUCKET/objects/data/") || '
    'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("data/")'
)
"""Gives no permission to list the bucket itself, so an object that does not exist is 403."""


class InFolder:
    """A store below `data/` of another one, as REPO_PATH makes it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, files: Mapping[str, bytes], message: str) -> bool:
        return self._store.write({f"data/{path}": content for path, content in files.items()}, message)

    def read(self, path: str) -> bytes | None:
        return self._store.read(f"data/{path}")

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        found = self._store.read_many([f"data/{path}" for path in paths])
        return {path.removeprefix("data/"): content for path, content in found.items()}

    def list(self, prefix: str) -> Iterable[str]:
        return [path.removeprefix("data/") for path in self._store.list(f"data/{prefix}")]

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        paths, after = self._store.changes(cursor)
        return tuple(path.removeprefix("data/") for path in paths), after

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        return self._store.compare_and_swap(f"data/{path}", old, new)


def conditional(url: str) -> Store:
    """A store whose caller may list its folder, not the bucket."""
    client, name = granted(url, Grant(OBJECTS, CONDITION))
    return InFolder(BucketStore(GcsObjects(client, name), "data/"))


def granted(url: str, *grants: Grant) -> tuple[Any, str]:
    """A client that may do no more with a new bucket than the grants say; BUCKET in a condition is its name."""
    _, name = a_bucket_of_google(url)
    session = GrantedSession(name, *(Grant(role, text.replace("BUCKET", name)) for role, text in grants))
    client: Any = storage.Client(
        project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": url}, _http=session
    )
    return client, name


def emulated(github: GitHubEmulator, *, empty: bool = False) -> Store:
    """A new branch at an emulated GitHub, over HTTP."""
    name = f"data-{uuid.uuid4().hex[:8]}"
    github.make(name, empty=empty)
    secrets = SecretsCache(MemorySecrets({DATA_TOKEN: TOKEN}))
    config = settings(store="github", repo_owner=OWNER, repo_name=name, github_api_url=github.url)
    store = github_repo.open_store(config, pooled_session(), secrets, Log("error"))
    store._budget = store._git._budget = WriteBudget(sleep=lambda _: None)
    return store


JOB = "o/r/workflow-job/2026-11-20/7-1.json"


def a_job(delivery: str, **known: object) -> bytes:
    output = {"id": 7, "run_event": None, "workflow_path": None, **known}
    record = {
        "id": "o/r/workflow-job/7-1",
        "metric_signature": "workflow-job",
        "delivery_id": delivery,
        "output": output,
    }
    return to_line({**record, "schema": 2, "anomalies": []})


def test_a_record_that_is_written_again_keeps_what_it_knew(store: Store) -> None:
    other = JOB.replace("7-1", "8-1")
    store.write({JOB: a_job("first"), other: a_job("other")}, "one")
    store.write({JOB: a_job("first", run_event="push", workflow_path="ci.yml")}, "completed")
    assert store.write({JOB: a_job("again"), other: a_job("other")}, "delivered again") is True
    assert store.read(JOB) == a_job("again", run_event="push", workflow_path="ci.yml")
    assert store.write({JOB: a_job("again")}, "delivered again") is False
    assert store.read(other) == a_job("other")


def test_many_files_are_read_at_once_without_those_that_are_not_there(store: Store) -> None:
    files = {f"a/{n % 3}/{n}.json": b'{"n":"\xc3\xbc%d"}\n' % n for n in range(120)} | {"b.bin": bytes(range(256))}
    store.write(files, "many")
    assert store.read_many([*files, "a/0/none.json", "none/x.json", "a/1"]) == files
    assert store.read_many([]) == {}


def test_what_is_written_can_be_read(store: Store) -> None:
    assert store.write({"a/b.json": b"1\n", "a/c/d.json": "ü".encode()}, "two") is True
    assert (store.read("a/b.json"), store.read("a/c/d.json")) == (b"1\n", "ü".encode())


def test_an_absent_file_reads_as_none(store: Store) -> None:
    assert store.read("a/b.json") is None
    store.write({"a/b.json": b"1"}, "one")
    assert store.read("a") is None
    assert store.read("a/b.json/c") is None


def test_writing_the_same_again_changes_nothing(store: Store) -> None:
    store.write({"a.json": b"1"}, "first")
    _, cursor = store.changes(None)
    assert store.write({"a.json": b"1"}, "again") is False
    assert store.changes(cursor)[0] == ()


def test_writing_something_else_replaces_the_file(store: Store) -> None:
    store.write({"a.json": b"1", "b.json": b"1"}, "first")
    assert store.write({"a.json": b"2", "b.json": b"1"}, "second") is True
    assert store.read("a.json") == b"2"


def test_files_are_listed_by_any_prefix_in_order(store: Store) -> None:
    store.write(dict.fromkeys(["x/b/2.json", "x/b/10.json", "x/bc.json", "y/a.json"], b"1"), "four")
    assert list(store.list("")) == ["x/b/10.json", "x/b/2.json", "x/bc.json", "y/a.json"]
    assert list(store.list("x/b")) == ["x/b/10.json", "x/b/2.json", "x/bc.json"]
    assert list(store.list("x/b/")) == ["x/b/10.json", "x/b/2.json"]
    assert list(store.list("x/b/1")) == ["x/b/10.json"]
    assert list(store.list("z/")) == []


def test_an_empty_store_has_nothing_in_it(store: Store) -> None:
    assert list(store.list("")) == []
    paths, cursor = store.changes(None)
    assert paths == ()
    assert store.changes(cursor)[0] == ()


def test_changes_are_what_was_written_since_the_cursor(store: Store) -> None:
    store.write({"a/1.json": b"1", "b/1.json": b"1"}, "first")
    paths, cursor = store.changes(None)
    assert paths == ("a/1.json", "b/1.json")
    store.write({"a/2.json": b"1", "b/1.json": b"2"}, "second")
    paths, cursor = store.changes(cursor)
    assert paths == ("a/2.json", "b/1.json")
    assert store.changes(cursor)[0] == ()


def test_no_change_is_missed_however_fast_they_follow_one_another(store: Store) -> None:
    seen: list[str] = []
    cursor = None
    for number in range(60):
        store.write({f"a/{number}.json": b"1"}, "one")
        paths, cursor = store.changes(cursor)
        seen += paths
    assert set(seen) == {f"a/{number}.json" for number in range(60)}


def test_swap_writes_only_over_what_was_expected(store: Store) -> None:
    assert store.compare_and_swap("_system/cursor", None, b"1")
    assert not store.compare_and_swap("_system/cursor", None, b"2")
    assert not store.compare_and_swap("_system/cursor", b"0", b"2")
    assert store.compare_and_swap("_system/cursor", b"1", b"2")
    assert store.read("_system/cursor") == b"2"


def test_of_many_who_swap_at_once_one_wins(store: Store) -> None:
    won: list[int] = []

    def swap(number: int) -> None:
        if store.compare_and_swap("lock", None, str(number).encode()):
            won.append(number)

    threads = [threading.Thread(target=swap, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.read("lock") == str(won[0]).encode()


def test_many_who_write_at_once_all_succeed(store: Store) -> None:
    def write(writer: int) -> None:
        for number in range(10):
            store.write({f"w{writer}/{number}.json": b"1", "everyones.json": str(writer).encode()}, "some")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(store.list("w"))) == 40


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", "../a", "a/../../b", "./a", "a/.", "a\\b", "a/\0"])
def test_no_path_leaves_the_store(store: Store, path: str, tmp_path: Path) -> None:
    with pytest.raises(PermanentError):
        store.write({path: b"1", "good.json": b"1"}, "bad")
    with pytest.raises(PermanentError):
        store.read(path)
    with pytest.raises(PermanentError):
        store.compare_and_swap(path, None, b"1")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


class TestDirectory:
    """What only a folder can show."""

    def test_no_file_replaces_the_lock(self, tmp_path: Path) -> None:
        with pytest.raises(PermanentError):
            DirectoryStore(tmp_path).write({".lock": b"1"}, "one")

    def test_a_folder_below_one_named_as_that_of_the_system_has_records(self, tmp_path: Path) -> None:
        store = DirectoryStore(tmp_path / "_system" / "data")
        record = {"id": "o/r/m/1", "metric_signature": "m", "output": {"a": 1}, "anomalies": []}
        store.write({"o/r/m/1.json": to_line(record)}, "one")
        assert store.write({"o/r/m/1.json": to_line({**record, "output": {"a": None}})}, "two") is False

    def test_a_folder_that_cannot_be_created_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        store = DirectoryStore(tmp_path / "file" / "store")
        with pytest.raises(Unavailable):
            store.write({"a.json": b"1"}, "one")

    def test_a_folder_with_the_name_of_a_file_is_unavailable(self, tmp_path: Path) -> None:
        store = DirectoryStore(tmp_path)
        store.write({"a/b.json": b"1"}, "one")
        with pytest.raises(Unavailable):
            store.write({"a": b"1"}, "two")

    def test_a_clock_set_back_hides_no_change(self, tmp_path: Path) -> None:
        import os

        store = DirectoryStore(tmp_path)
        store.write({"a/1.json": b"1"}, "one")
        _, cursor = store.changes(None)
        ahead = int(cursor) + 3600 * 10**9
        os.utime(tmp_path / ".lock", ns=(ahead, ahead))
        _, cursor = store.changes(cursor)
        store.write({"a/2.json": b"1"}, "two")
        assert store.changes(cursor)[0] == ("a/2.json",)

    def test_half_written_files_are_never_listed(self, tmp_path: Path) -> None:
        store = DirectoryStore(tmp_path)
        store.write({"a/1.json": b"1"}, "one")
        (tmp_path / "a" / "~tmp-killed").write_bytes(b"ha")
        assert list(store.list("")) == ["a/1.json"]
        assert store.changes(None)[0] == ("a/1.json",)

    def test_a_foreign_cursor_lists_everything(self, tmp_path: Path) -> None:
        store = DirectoryStore(tmp_path)
        store.write({"a/1.json": b"1"}, "one")
        assert store.changes("abc")[0] == ("a/1.json",)


@pytest.mark.emulator
class TestS3:
    """What only a bucket can show."""

    def test_an_absent_bucket_is_named(self, emulator: Clients) -> None:
        client, _ = a_bucket(emulator)
        for ask in (lambda: S3Store(client, "nowhere").read("a"), lambda: S3Store(client, "nowhere").list("")):
            with pytest.raises(Unavailable, match="STORE_BUCKET: there is no bucket nowhere"):
                ask()

    def test_more_objects_than_one_answer_lists_are_all_listed(self, emulator: Clients) -> None:
        store = S3Store(*a_bucket(emulator))
        store.write({f"a/{n}.json": b"1" for n in range(1100)}, "many")
        assert len(store.list("a/")) == 1100

    @pytest.mark.parametrize("cursor", ["", "x", "[1]", "null", "{}"])
    def test_a_foreign_cursor_returns_everything(self, emulator: Clients, cursor: str) -> None:
        store = S3Store(*a_bucket(emulator))
        store.write({"a.json": b"1"}, "one")
        assert store.changes(cursor)[0] == ("a.json",)


class TestGcs:
    """What only a bucket of Google's can show."""

    def test_an_absent_bucket_is_named(self, gcs: str) -> None:
        client, _ = a_bucket_of_google(gcs)
        for ask in (
            lambda: GcsStore(client, "nowhere").list(""),  # of a read, the emulator says no more than 404
            lambda: GcsStore(client, "nowhere").write({"a": b"1"}, "one"),
        ):
            with pytest.raises(Unavailable, match="STORE_BUCKET: there is no bucket nowhere"):
                ask()

    @pytest.mark.parametrize("cursor", ["", "x", "[1]", "null", "{}"])
    def test_a_foreign_cursor_returns_everything(self, gcs: str, cursor: str) -> None:
        store = GcsStore(*a_bucket_of_google(gcs))
        store.write({"a.json": b"1"}, "one")
        assert store.changes(cursor)[0] == ("a.json",)

    @pytest.mark.parametrize(
        ("grants", "status"),
        [
            ([Grant(OBJECTS)], 404),
            ([Grant(OBJECTS, CONDITION)], 403),
            ([Grant(OBJECTS, CONDITION), Grant(LIST)], 404),
        ],
    )
    def test_a_missing_object_is_403_to_a_caller_that_may_not_list_the_bucket(
        self, gcs: str, grants: list[Grant], status: int
    ) -> None:
        client, name = granted(gcs, *grants)
        with pytest.raises(GoogleAPICallError) as raised:
            client.bucket(name).blob("data/a.json").download_as_bytes()
        assert raised.value.code == status
        assert GcsStore(client, name).read("data/a.json") is None

    def test_an_object_that_exists_and_is_denied_is_unavailable(self, gcs: str) -> None:
        client, name = granted(gcs, Grant(OBJECTS, 'resource.name.startsWith("nothing")'), Grant(LIST))
        all_powerful: Any = storage.Client(
            project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": gcs}
        )
        all_powerful.bucket(name).blob("a.json").upload_from_string(b"1")
        with pytest.raises(Unavailable, match="the function's account may not do that"):
            GcsStore(client, name).read("a.json")

    def test_a_denied_read_of_a_bucket_that_cannot_be_listed_is_unavailable(self, gcs: str) -> None:
        client, name = granted(gcs, Grant(OBJECTS, 'resource.name.startsWith("nothing")'))
        with pytest.raises(Unavailable, match="the function's account may not do that"):
            GcsStore(client, name).read("a.json")
