"""Serializes GitHub's JSON objects with every property that its OpenAPI requires."""

import base64
import hashlib
import zlib
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from fakes.github.json_object import Json
from fakes.github.state import Commit, Content, Deployment, DeploymentStatus, File, Submodule, Symlink

_INLINE = 1024 * 1024  # bytes: beyond, https://docs.github.com/en/rest/repos/contents sends a file only raw
HOME, DEFAULT_BRANCH = "https://github.com", "main"


def entry_object(urls: "Urls", path: str, ref: str | None, entry: Content, sha: str | None = None) -> Json:
    """Return the schema `content-file`, `content-symlink` or `content-submodule` for one path."""
    node = node_object(urls, path, ref, entry, sha)
    if isinstance(entry, Symlink):
        return {**node, "target": entry.target}
    if isinstance(entry, Submodule):
        return {**node, "submodule_git_url": entry.git_url}
    text = base64.b64encode(entry).decode() if len(entry) <= _INLINE else ""
    lines = "".join(f"{text[start : start + 60]}\n" for start in range(0, len(text), 60))
    return {**node, "content": lines, "encoding": "base64" if len(entry) <= _INLINE else "none"}


def node_object(urls: "Urls", path: str, ref: str | None, entry: Content | None, sha: str | None = None) -> Json:
    """Return an item of `content-directory`; an entry of None is a folder; without `sha` one is derived from the path."""
    kind = {bytes: "file", Symlink: "symlink", Submodule: "submodule"}.get(type(entry), "dir")
    sha, at = sha or _sha(path), ref or DEFAULT_BRANCH
    links = {
        "self": f"{urls.repo}/contents/{quote(path)}?ref={quote(at)}",
        "git": f"{urls.repo}/git/{'trees' if kind == 'dir' else 'blobs'}/{sha}",
        "html": f"{urls.page}/{'tree' if kind == 'dir' else 'blob'}/{quote(at)}/{quote(path)}",
    }
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": len(entry) if isinstance(entry, bytes) else 0,
        "url": links["self"],
        "git_url": links["git"],
        "html_url": links["html"],
        "download_url": f"{urls.page}/raw/{quote(at)}/{quote(path)}" if kind == "file" else None,
        "_links": links,
    }


def commit_object(urls: "Urls", commit: Commit) -> Json:
    """Return the schema `commit`, as the list of a pull request contains it."""
    url, page = f"{urls.repo}/commits/{commit.sha}", f"{urls.page}/commit/{commit.sha}"
    git, tree = f"{urls.repo}/git/commits/{commit.sha}", _sha(f"tree {commit.sha}")
    user = None if commit.login is None else user_object(urls, commit.login)
    person = {"name": commit.login or "Somebody", "email": f"{commit.login or 'somebody'}@users.noreply.github.com"}
    authored, committed = (
        None if odd is None and at is None else {**person, "date": iso(at or 0) if odd is None else odd}
        for at, odd in ((commit.authored, commit.odd_authored), (commit.committed, commit.odd_committed))
    )
    commit_fields = {
        "author": authored,
        "committer": committed,
        "message": commit.message,
        "comment_count": 0,
        "url": git,
    }
    commit_fields |= {"tree": {"sha": tree, "url": f"{urls.repo}/git/trees/{tree}"}}
    links = {"url": url, "html_url": page, "comments_url": f"{url}/comments"}
    return {
        "sha": commit.sha,
        **node_id(commit.sha),
        **links,
        "commit": commit_fields,
        "author": user,
        "committer": user,
        "parents": [_parent(urls, _sha(f"parent {commit.sha}"))],
    }


def _parent(urls: "Urls", sha: str) -> Json:
    return {"sha": sha, "url": f"{urls.repo}/commits/{sha}", "html_url": f"{urls.page}/commit/{sha}"}


def file_object(urls: "Urls", file: File, sha: str | None = None, head: str | None = None) -> Json:
    """Return the schema `diff-entry`: a file that a pull request or commit changes; missing SHAs are derived."""
    name, head = quote(file.filename), head or _sha("head")
    return {
        "sha": sha or _sha(file.filename),
        **file._asdict(),
        "changes": file.additions + file.deletions,
        "blob_url": f"{urls.page}/blob/{head}/{name}",
        "raw_url": f"{urls.page}/raw/{head}/{name}",
        "contents_url": f"{urls.repo}/contents/{name}?ref={head}",
    }


def deployment_object(urls: "Urls", deployment: Deployment) -> Json:
    """Return the schema `deployment`."""
    url, when = f"{urls.repo}/deployments/{deployment.id}", iso(deployment.created_at)
    changed = max((status.created_at for status in deployment.statuses), default=deployment.created_at)
    fields = {name: getattr(deployment, name) for name in ("id", "environment", "sha", "ref")}
    return {
        "url": url,
        "repository_url": urls.repo,
        "statuses_url": f"{url}/statuses",
        **node_id(str(deployment.id)),
        **fields,
        "created_at": when,
        "updated_at": iso(changed),
        "original_environment": deployment.environment,
        "task": "deploy",
        "payload": {},
        "description": None,
        "creator": user_object(urls, "octocat"),
    }


def status_object(urls: "Urls", deployment: Deployment, status: DeploymentStatus) -> Json:
    """Return the schema `deployment-status`."""
    url, when = f"{urls.repo}/deployments/{deployment.id}", iso(status.created_at)
    links = {"url": f"{url}/statuses/{status.id}", "deployment_url": url, "repository_url": urls.repo}
    return {
        **links,
        **node_id(str(status.id)),
        "id": status.id,
        "state": status.state,
        "creator": user_object(urls, "octocat"),
        "description": "",
        "environment": deployment.environment,
        "target_url": f"{urls.page}/deployments/{deployment.environment}",
        "created_at": when,
        "updated_at": when,
    }


def user_object(urls: "Urls", login: str) -> Json:
    """Return the schema `simple-user`."""
    url, id = f"{urls.api}/users/{login}", zlib.crc32(login.encode())
    lists = ("followers", "following", "gists", "starred", "subscriptions", "repos", "events", "received_events")
    return {
        "login": login,
        "id": id,
        **node_id(login),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{HOME}/{login}",
        "organizations_url": f"{url}/orgs",
        **{f"{name}_url": f"{url}/{name}" for name in lists},
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


class Urls(NamedTuple):
    """The URLs of one repository."""

    api: str
    full_name: str

    @property
    def repo(self) -> str:
        """The URL in the API."""
        return f"{self.api}/repos/{self.full_name}"

    @property
    def page(self) -> str:
        """The URL of the web page."""
        return f"{HOME}/{self.full_name}"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def node_id(text: str) -> Json:
    """Return the property `node_id`."""
    return {"node_id": base64.b64encode(text.encode()).decode()}


def iso(milliseconds: int) -> str:
    """Return a time (UNIX ms) in GitHub's format."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
