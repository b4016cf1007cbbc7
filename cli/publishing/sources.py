"""Opens the source argument of `telemetry merge`, `report` and `publish`."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from cli.publishing.git_clone_reader import CloneReader
from core.errors import TelemetryError, Unavailable
from core.events import is_account_name, is_repository_name
from core.github.api import GitHubApi, pooled_session
from core.github.app import data_tokens
from core.github.git_data import DataRepository, GitData
from core.github.write_budget import WriteBudget
from core.github.write_errors import INVISIBLE
from core.secrets_cache import APP_KEY, DATA_TOKEN, SecretsCache
from core.settings import Settings
from core.static_secrets import StaticSecrets
from core.stores.bucket import BucketStore
from core.stores.bucket_objects import Objects
from core.stores.folder_reader import FolderReader
from core.stores.repository_reader import RepositoryReader
from telemetry_functions import installation
from warehouse.ingest.source import Source
from warehouse.report.links import repository_url

READERS = 16
_BUCKET = re.compile(r"(s3|gs)://([^/]+)/*(.*?)/*")
_KINDS = {"s3": "s3", "gs": "gcs"}


class UnknownSource(TelemetryError):
    """Report a source argument that names no known source; the message lists the valid forms."""


class _RepositoryName(NamedTuple):
    """Owner and name of a repository."""

    owner: str
    name: str


class Bucket(NamedTuple):
    """A bucket and the prefix of the keys in it."""

    objects: Objects
    prefix: str
    """Empty, or it ends with a slash."""


def open_bucket(address: str) -> Bucket | None:
    """Open s3://BUCKET/PREFIX or gs://BUCKET/PREFIX; None for another address. Raises UnknownSource."""
    match = _BUCKET.fullmatch(address)
    return Bucket(_objects(match[1], match[2]), _folder(match[3])) if match else None


@contextmanager
def open_source(source: str, settings: Settings, repo_path: str | None = None) -> Iterator[Source]:
    """Open a folder or clone, OWNER/REPO or the URL of a data repository, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX.

    An empty source is the store of the settings. `repo_path` is the folder of the source that holds the records (default: all
    folders, or REPO_PATH for the store of the settings). Raises UnknownSource and Unavailable.
    """
    root = settings.root if repo_path is None and not source else _folder(repo_path or "")
    if not source:
        source = _own(settings)
    if match := _BUCKET.fullmatch(source):
        kind, bucket, prefix = match.groups()
        yield _bucket(kind, bucket, _folder(prefix) + root)
    elif Path(source).is_dir() or (source == settings.store_directory and not Path(source).exists()):
        clone = CloneReader(source) if Path(source, ".git").exists() else None
        url = clone.url(settings.github_host) if clone else None
        yield Source(clone or FolderReader(source), f"{Path(source).resolve()}/{root}", root, url=url)
    elif repository := _repository(source, settings):
        with closing(_reader(repository, settings)) as reader:
            name = (
                f"{settings.github_host}/{repository.owner}/{repository.name}@{settings.target_branch}/{root}".lower()
            )
            address = repository_url(settings.github_host, f"{repository.owner}/{repository.name}")
            url = f"{address}/blob/{quote(settings.target_branch)}/" if address else None
            with _missing_token_named(repository, settings):
                yield Source(reader, name, root, READERS, url)
    else:
        raise UnknownSource(
            f"{source}: no such folder, and neither OWNER/REPO or its address at {settings.github_host}, "
            "nor s3://BUCKET/PREFIX or gs://BUCKET/PREFIX"
        )


@contextmanager
def _missing_token_named(name: _RepositoryName, settings: Settings) -> Iterator[None]:
    """Say of a repository that nobody without a token can see which variables set one: it exists, or it does not."""
    try:
        yield
    except Unavailable as error:
        full_name = f"{name.owner}/{name.name}"
        is_invisible = str(error).startswith(f"{INVISIBLE}: {full_name} does not exist")
        if is_invisible and not _token(settings) and not settings.github_app_id:
            raise UnknownSource(
                f"{full_name} does not exist, or is private and needs a token: set REPO_WRITE_ACCESS_TOKEN or "
                "GITHUB_ACCESS_TOKEN in .env or the environment (docs/GITHUB.md)"
            ) from None
        raise


def _token(settings: Settings) -> str:
    """Return the data token, else the source token; empty without both."""
    return settings.repo_write_access_token.get_secret_value() or settings.github_access_token.get_secret_value()


def _own(settings: Settings) -> str:
    """Return the source argument for the store of the settings."""
    if settings.store == "github":
        return f"{settings.repo_owner}/{settings.repo_name}"
    if settings.store == "directory":
        return settings.store_directory
    if not settings.store_bucket:
        raise UnknownSource(f"STORE_BUCKET: must be set for STORE={settings.store}, or name the bucket")
    return f"{'s3' if settings.store == 's3' else 'gs'}://{settings.store_bucket}"


def _folder(path: str) -> str:
    return f"{path.strip('/')}/" if path.strip("/") else ""


def _repository(source: str, settings: Settings) -> _RepositoryName | None:
    parts = urlsplit(source)
    if parts.scheme:
        if parts.scheme not in ("http", "https") or parts.hostname != settings.github_host:
            return None
        source = parts.path.strip("/")
    owner, _, name = source.removesuffix(".git").partition("/")
    return _RepositoryName(owner, name) if is_account_name(owner) and is_repository_name(name) else None


def _reader(name: _RepositoryName, settings: Settings) -> RepositoryReader:
    """Open a data repository with the data token, else the source token, else anonymously."""
    token = _token(settings)
    secrets = {DATA_TOKEN: token, APP_KEY: settings.github_app_private_key.get_secret_value()}
    session = pooled_session()
    owned = settings.model_copy(update={"repo_owner": name.owner})
    tokens = data_tokens(owned, session, SecretsCache(StaticSecrets(secrets)))
    anonymous = not token and not settings.github_app_id
    api = GitHubApi(session, tokens, DATA_TOKEN, settings.github_api_url, anonymous=anonymous)
    repository = DataRepository(*name, settings.target_branch)
    return RepositoryReader(api, repository, GitData(api, repository, WriteBudget()))


def _bucket(kind: str, bucket: str, root: str) -> Source:
    return Source(
        BucketStore(_objects(kind, bucket), root), f"{kind}://{bucket}/{root}", root, READERS, has_landing=True
    )


def _objects(kind: str, bucket: str) -> Objects:
    """Open a bucket with the user's credentials; the clouds' environment variables can name an emulator."""
    if kind == "s3":
        import boto3  # noqa: PLC0415 (loads the SDK only for buckets)
        from botocore.config import Config  # noqa: PLC0415

        from runtimes.aws.s3_store import S3Objects  # noqa: PLC0415

        return S3Objects(boto3.client("s3", config=Config(max_pool_connections=2 * READERS)), bucket)
    try:
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
        from google.cloud.storage import Client  # noqa: PLC0415

        from runtimes.gcp.gcs_store import GcsObjects  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UnknownSource(f"gs://{bucket}: {installation.missing(str(error.name))}") from None
    try:
        return GcsObjects(Client(), bucket)
    except (GoogleAuthError, OSError):
        raise UnknownSource(
            "gs:// needs credentials: run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS"
        ) from None
