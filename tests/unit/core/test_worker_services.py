from pathlib import Path
from typing import Any

import pytest

from core.github.app import GitHubApp
from core.github.reader import GitHubClient
from core.settings import SettingsError
from core.stores.directory import DirectoryStore
from core.stores.github_repo import GitHubRepoStore
from core.worker_services import build_job_services, build_worker_services
from tests.builders import Clock, settings
from tests.memory_adapters import MemoryQueue, MemorySecrets

REPOSITORY = {"repo_owner": "acme", "repo_name": "data"}


def build(buckets: Any = None, **values: Any) -> Any:
    return build_worker_services(settings(**values), MemorySecrets({}), MemoryQueue(Clock().seconds), buckets or {})


def test_the_store_is_that_of_the_settings(tmp_path: Path) -> None:
    directory = build(store_directory=str(tmp_path)).store
    assert isinstance(directory, DirectoryStore)
    directory.write({"a": b"1"}, "message")
    assert (tmp_path / "a").read_bytes() == b"1"
    assert isinstance(build(store="github", **REPOSITORY).store, GitHubRepoStore)


def test_a_bucket_is_opened_by_its_name_and_root() -> None:
    opened: list[tuple[str, str]] = []
    store = object()
    buckets = {"s3": lambda name, root: opened.append((name, root)) or store}
    services = build(buckets, store="s3", store_bucket="records", repo_path="data")
    assert services.store is store
    assert opened == [("records", "data/")]


@pytest.mark.parametrize(("store", "buckets"), [("s3", ["gcs"]), ("gcs", ["s3"]), ("s3", [])])
def test_a_bucket_of_another_cloud_is_refused(store: str, buckets: list[str]) -> None:
    with pytest.raises(SettingsError, match=f"^STORE: {store} is of another cloud; here it must be one of directory, "):
        build({name: lambda *_: None for name in buckets}, store=store, store_bucket="records")


def test_github_is_read_as_the_app_if_there_is_one() -> None:
    assert isinstance(build().github, GitHubClient)
    assert isinstance(build(github_app_id="12345").github, GitHubApp)


def test_the_jobs_have_the_worker_s_services_and_their_own_github_client() -> None:
    worker = build()
    jobs = build_job_services(worker, MemorySecrets({}), lambda: 7.0)
    assert jobs.worker is worker
    assert jobs.seconds_left() == 7.0
    assert isinstance(jobs.github, GitHubClient)
    assert jobs.github is not worker.github
