from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from requests.adapters import BaseAdapter

from cli.publishing import sources
from cli.publishing.git_clone_reader import CloneReader
from cli.publishing.sources import READERS, UnknownSource, open_source
from core.errors import Unavailable
from core.settings import DeploymentSettings, load
from core.stores.folder_reader import FolderReader
from core.stores.repository_reader import RepositoryReader
from tests.builders import settings
from warehouse.ingest.source import Source


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any, AWS's client looks for a machine of Amazon's that would have some."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "accesskey")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secretkey")


def open_named(source: str, repo_path: str | None = None, **values: Any) -> Source:
    """The source, closed again."""
    with open_source(source, settings(**values), repo_path) as opened:
        return opened


def test_a_folder_is_read_as_a_folder_and_a_clone_as_a_clone(tmp_path: Path) -> None:
    Path("a").mkdir()
    Path("b/.git").mkdir(parents=True)
    folder, clone = open_named("a"), open_named("b", "data/records/")
    assert (type(folder.store), folder[1:]) == (FolderReader, (f"{tmp_path}/a/", "", 1, None, False))
    assert (type(clone.store), clone[1:]) == (
        CloneReader,
        (f"{tmp_path}/b/data/records/", "data/records/", 1, None, False),
    )


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "{}/telemetry-data/"),
        ({"store_directory": "kept", "repo_path": "data"}, "{}/kept/data/"),
        (
            {"store": "github", "repo_owner": "Octo-Org", "repo_name": "Data", "repo_path": "data"},
            "github.com/octo-org/data@main/data/",
        ),
        ({"store": "s3", "store_bucket": "records", "repo_path": "data"}, "s3://records/data/"),
    ],
)
def test_this_machines_store_is_that_of_its_settings(options: dict[str, Any], name: str, tmp_path: Path) -> None:
    assert open_named("", **options).name == name.format(tmp_path)


@pytest.mark.parametrize(
    "source",
    [
        "octo-org/data",
        "https://github.com/octo-org/data",
        "https://github.com/octo-org/data.git",
        "http://github.com/octo-org/data/",
    ],
)
def test_a_data_repository_is_named_by_owner_and_name_or_by_url(source: str) -> None:
    opened = open_named(source, target_branch="records")
    url = "https://github.com/octo-org/data/blob/records/"
    name = "github.com/octo-org/data@records/"
    assert (type(opened.store), opened[1:]) == (RepositoryReader, (name, "", READERS, url, False))


def test_a_data_repository_of_an_enterprise_is_at_its_own_host() -> None:
    host = {"github_api_url": "https://git.example.org/api/v3"}
    opened = open_named("https://git.example.org/octo-org/data", **host)
    assert opened.name == "git.example.org/octo-org/data@main/"
    assert opened.url == "https://git.example.org/octo-org/data/blob/main/"
    with pytest.raises(UnknownSource, match=r"its address at git\.example\.org"):
        open_named("https://github.com/octo-org/data", **host)


@pytest.mark.parametrize(
    ("source", "repo_path", "name", "root"),
    [
        ("s3://records", None, "s3://records/", ""),
        ("s3://records/", None, "s3://records/", ""),
        ("s3://records/team/a/", None, "s3://records/team/a/", "team/a/"),
        ("s3://records/team", "data", "s3://records/team/data/", "team/data/"),
    ],
)
def test_a_bucket_is_named_with_the_folder_in_it(source: str, repo_path: str | None, name: str, root: str) -> None:
    assert open_named(source, repo_path)[1:] == (name, root, READERS, None, True)


@pytest.mark.parametrize(
    "source",
    ["telemetry.json", "/nowhere", "a/b/c", "s3://", "gs:///x", "ftp://a/b", "https://gitlab.com/o/r", "o/..", "_/r"],
)
def test_an_invalid_source_is_named_with_valid_forms(source: str) -> None:
    with pytest.raises(
        UnknownSource, match=r"neither OWNER/REPO or its address at github\.com, nor s3://BUCKET/PREFIX"
    ):
        open_named(source)


def test_a_bucket_that_the_settings_do_not_name_is_asked_for() -> None:
    with (
        pytest.raises(UnknownSource, match="STORE_BUCKET: must be set for STORE=s3, or name the bucket"),
        open_source("", load(kind=DeploymentSettings, store="s3")),
    ):
        pass


class NotFound(BaseAdapter):
    """GitHub's answer about a repository that the request may not see."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response.url, response.request = 404, request.url or "", request
        response._content = b'{"message": "Not Found"}'
        return response

    def close(self) -> None:
        """There is nothing to close."""


@pytest.mark.parametrize("token", ["", "token"])
def test_a_repository_that_nobody_sees_names_the_variables_of_a_token(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = requests.Session()
    session.mount("https://", NotFound())
    monkeypatch.setattr(sources, "pooled_session", lambda: session)
    options = settings(repo_write_access_token=token, github_access_token="")
    with pytest.raises((UnknownSource, Unavailable)) as raised, open_source("octo-org/data", options) as opened:
        opened.store.changes(None)
    says = "set REPO_WRITE_ACCESS_TOKEN or GITHUB_ACCESS_TOKEN in .env or the environment"
    assert (says in str(raised.value)) == (not token)
    assert "octo-org/data does not exist" in str(raised.value)


def test_a_bucket_without_credentials_names_their_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials of another test
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    says = "no AWS credentials here: .*AWS_PROFILE.*AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    with pytest.raises(Unavailable, match=says), open_source("s3://bucket", settings()) as opened:
        opened.store.changes(None)
