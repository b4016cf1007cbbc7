"""`telemetry merge` as somebody runs it, over HTTP: a data repository at GitHub, and a bucket of Google's."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository, GitData
from core.github.write_budget import WriteBudget
from core.log import Log
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.stores.github_repo import GitHubRepoStore
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from runtimes.gcp.gcs_store import GcsStore
from tests.environment import inherited
from tests.memory_adapters import MemorySecrets
from tests.unit.warehouse.record_factory import METRICS, files, record

OWNER, NAME, TOKEN = "octo-org", "telemetry-data", "data-token"
ROOT = Path(__file__).parents[3]


def telemetry(*words: str, **environment: str) -> str:
    """What a command says."""
    variables = {
        **inherited(),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(Path.cwd()),
        **environment,
    }
    command = [sys.executable, "-m", "cli", *words]
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    return ran.stdout


def store_at(url: str) -> GitHubRepoStore:
    api = GitHubApi(pooled_session(), SecretsCache(MemorySecrets({DATA_TOKEN: TOKEN})), DATA_TOKEN, url)
    budget = WriteBudget(sleep=lambda _: None)
    return GitHubRepoStore(GitData(api, DataRepository(OWNER, NAME), budget), budget, Log("error"))


def test_a_data_repository_is_merged_from_anywhere_with_a_token() -> None:
    fake = FakeGitHub(token=TOKEN)
    fake.state.data_repository(f"{OWNER}/{NAME}")
    with serve(fake) as url:
        environment = {"GITHUB_API_URL": url, "REPO_WRITE_ACCESS_TOKEN": TOKEN}
        prefix = f"github.com/{OWNER}/{NAME}@main/"
        assert "there are no records in" in telemetry("merge", f"{OWNER}/{NAME}", **environment)
        store = store_at(url)
        store.write(files(*map(record, METRICS)), "some")
        known = f"{len(METRICS)} in telemetry.duckdb\n"
        said = telemetry("merge", f"https://github.com/{OWNER}/{NAME}", **environment)
        assert said == f"{len(METRICS)} new files in {prefix}: {len(METRICS)} facts more, {known}"
        fake.requests = 0
        said = telemetry("merge", f"{OWNER}/{NAME}", "--anew", **environment)
        assert (said, fake.requests) == (f"{len(METRICS)} new files in {prefix}: 0 facts more, {known}", 3)
        store.write(files(record("review", review__id=7)), "one more")
        said = telemetry("merge", f"{OWNER}/{NAME}", **environment)
        assert said == f"1 new files in {prefix}: 1 facts more, {len(METRICS) + 1} in telemetry.duckdb\n"
    assert telemetry("sql", "SELECT id FROM review ORDER BY id") == "id\n7\n237895671\n"


def test_a_bucket_of_googles_is_merged(gcs: str, request: pytest.FixtureRequest) -> None:
    client = storage.Client(project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": gcs})  # type: ignore[no-untyped-call]
    name = f"records-{abs(hash(request.node.name)) % 10**8}"
    client.create_bucket(name)
    GcsStore(client, name).write({f"data/{path}": text for path, text in files(*map(record, METRICS)).items()}, "some")
    said = telemetry("merge", f"gs://{name}/data", STORAGE_EMULATOR_HOST=gcs, GOOGLE_CLOUD_PROJECT="test")
    assert (
        said
        == f"{len(METRICS)} new files in gs://{name}/data/: {len(METRICS)} facts more, {len(METRICS)} in telemetry.duckdb\n"
    )
