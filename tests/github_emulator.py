"""`emulate` (npm), a stateful GitHub of other people's making: https://emulate.dev. Started and stopped here.

It stays at 0.11: 0.12.0 and 0.12.2 do not start on the Node.js 20 of CI, as they import `registerHooks` from `node:module`. There is no 1.x
of it: npm's 1.0.2 of 2024 is another program, which had the name before.
"""

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import requests

from tests.conftest import NPM, free_port, missing
from tests.environment import PATIENCE

TOKEN, OWNER, SOURCE = "emulated-token", "octo-org", "hello-world"
_SEED = """
tokens:
  %(token)s:
    login: octocat
    scopes: [repo, admin:org, admin:repo_hook]
github:
  users:
    - login: octocat
      name: The Octocat
      email: octocat@github.com
  orgs:
    - login: %(owner)s
      name: Octo Org
      members:
        - login: octocat
          role: admin%(organisations)s
  repos:
    - owner: %(owner)s
      name: %(source)s
      auto_init: true%(repositories)s%(more)s
"""


class GitHubEmulator:
    """One of them, on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, more: str = "", *, organisations: str = "", repositories: str = "") -> None:
        """What there is beside is YAML: of `github:`, and of its lists of organisations and repositories."""
        beside = {"organisations": organisations.rstrip(), "repositories": repositories.rstrip(), "more": more}
        self._folder = folder
        self._seed = _SEED % {"token": TOKEN, "owner": OWNER, "source": SOURCE, **beside}
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {TOKEN}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.pid = 0

    def start(self) -> None:
        """Start it, and wait until it answers."""
        node = shutil.which("node")
        if node is None or not (NPM / "emulate").exists():
            missing("emulate", "install Node.js 20, then `make setup`")
        seed = self._folder / "seed.yaml"
        seed.write_text(self._seed)
        program = NPM / "emulate" / "dist" / "index.js"
        arguments = [
            "start",
            "--service",
            "github",
            "--port",
            str(self.port),
            "--seed",
            str(seed),
            "--base-url",
            self.url,
        ]
        with (self._folder / "output.txt").open("wb") as output:
            self._process = subprocess.Popen(
                [str(node), "-r", str(NPM.parent / "listen_on_loopback.cjs"), str(program), *arguments],
                cwd=self._folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self._folder)},
                stdout=output,
                stderr=output,
            )
        self.pid = self._process.pid
        ends = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "output.txt").read_text()
            assert time.monotonic() < ends, "emulate does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it."""
        self._session.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)

    def _answers(self) -> bool:
        try:
            return bool(self._session.get(f"{self.url}/user", timeout=1).ok)
        except requests.RequestException:
            return False

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a good answer."""
        answer = self._session.request(method, f"{self.url}{path}", json=body, timeout=PATIENCE)
        assert answer.ok, (method, path, answer.status_code, answer.text[:500])
        return answer.json() if answer.content else None

    def make(self, name: str, *, empty: bool = False) -> str:
        """A repository of its own; unless `empty`, with a commit of nothing. Its full name."""
        self.call("POST", f"/orgs/{OWNER}/repos", {"name": name, "private": True})
        repo = f"/repos/{OWNER}/{name}"
        if not empty:
            self.put(name, "README.md", b"#")
            head = self.call("GET", f"{repo}/git/ref/heads/main")["object"]["sha"]
            tree = self.call("POST", f"{repo}/git/trees", {"tree": []})["sha"]
            commit = self.call("POST", f"{repo}/git/commits", {"message": "Begin", "tree": tree, "parents": [head]})
            self.call("PATCH", f"{repo}/git/refs/heads/main", {"sha": commit["sha"], "force": True})
        return f"{OWNER}/{name}"

    def put(self, name: str, path: str, content: bytes, branch: str = "main") -> None:
        """Commit one file."""
        body = {"message": f"Add {path}", "content": base64.b64encode(content).decode(), "branch": branch}
        self.call("PUT", f"/repos/{OWNER}/{name}/contents/{path}", body)

    def paths(self, name: str, branch: str = "main") -> dict[str, str]:
        """What a branch holds: the blob of each path. One call, where `files` makes one more for each: it takes 5,000 an hour."""
        tree = self.call("GET", f"/repos/{OWNER}/{name}/git/trees/{branch}?recursive=1")
        assert not tree["truncated"]
        return {entry["path"]: entry["sha"] for entry in tree["tree"] if entry["type"] == "blob"}

    def files(self, name: str, branch: str = "main") -> dict[str, bytes]:
        """What a branch holds, by path."""
        repo, blobs = f"/repos/{OWNER}/{name}", self.paths(name, branch)
        read = {sha: self.call("GET", f"{repo}/git/blobs/{sha}")["content"] for sha in set(blobs.values())}
        return {path: base64.b64decode(read[sha]) for path, sha in blobs.items()}

    def records(self, name: str, branch: str = "main") -> dict[str, dict[str, Any]]:
        """Every record of a branch, by path."""
        files = self.files(name, branch)
        return {
            path: json.loads(text) for path, text in files.items() if path.endswith(".json") and "_system" not in path
        }

    def log(self, name: str, branch: str = "main") -> list[dict[str, Any]]:
        """The commits of a branch, the newest first, found by following the parents."""
        repo = f"/repos/{OWNER}/{name}/git"
        sha = self.call("GET", f"{repo}/ref/heads/{branch}")["object"]["sha"]
        commits = []
        while sha:
            commits.append(self.call("GET", f"{repo}/commits/{sha}"))
            assert len(commits[-1]["parents"]) <= 1, "the history is not linear"
            sha = next((parent["sha"] for parent in commits[-1]["parents"]), None)
        return commits

    def hook(self, name: str, url: str, secret: str, events: list[str]) -> int:
        """A webhook of a repository; its id."""
        config = {"url": url, "content_type": "json", "secret": secret}
        body = {"name": "web", "active": True, "events": events, "config": config}
        return int(self.call("POST", f"/repos/{OWNER}/{name}/hooks", body)["id"])

    def merge_a_pull_request(self, name: str, files: dict[str, bytes], branch: str = "topic") -> dict[str, Any]:
        """Commit files to a branch, open a pull request of it and merge it."""
        repo = f"/repos/{OWNER}/{name}"
        head = self.call("GET", f"{repo}/git/ref/heads/main")["object"]["sha"]
        self.call("POST", f"{repo}/git/refs", {"ref": f"refs/heads/{branch}", "sha": head})
        for path, content in files.items():
            self.put(name, path, content, branch)
        pull = self.call("POST", f"{repo}/pulls", {"title": "Change", "head": branch, "base": "main"})
        self.call("PUT", f"{repo}/pulls/{pull['number']}/merge", {})
        merged: dict[str, Any] = self.call("GET", f"{repo}/pulls/{pull['number']}")
        return merged
