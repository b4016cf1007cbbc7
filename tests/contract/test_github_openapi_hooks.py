"""What recovery and the ledger ask of GitHub, and what they are answered here, is as GitHub's OpenAPI says."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from core.github.reader import GitHubClient
from core.job import Report
from core.jobs import ledger, recover
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from tests.builders import NOW, Clock, processing, webhook
from tests.memory_adapters import MemorySecrets
from tests.openapi import check_request, check_response

pytestmark = pytest.mark.npm
URL = "https://telemetry.example.com/telemetry"
TIME = "2026-11-23T05:00:00Z"


class HooksOfGitHub(BaseAdapter):
    """A webhook of an owner, and its deliveries on pages by cursor; each request and answer is held against the OpenAPI."""

    def __init__(self, owner: str, deliveries: int) -> None:
        super().__init__()
        self.path = f"/{'repos' if '/' in owner else 'orgs'}/{owner}/hooks"
        api = f"https://api.github.com{self.path}/7"
        links = {"url": api, "ping_url": f"{api}/pings", "deliveries_url": f"{api}/deliveries"}
        self.hook: dict[str, Any] = {
            "id": 7,
            "name": "web",
            "active": True,
            "events": ["check_suite"],
            "type": "Repository",
            "config": {"url": URL, "content_type": "json", "insecure_ssl": "0", "secret": "********"},
            "created_at": TIME,
            "updated_at": TIME,
            "test_url": f"{api}/tests",
            **links,
            "last_response": {"code": 503, "status": "unused", "message": None},
        }
        if "/" not in owner:
            self.hook = {key: value for key, value in self.hook.items() if key not in ("test_url", "last_response")}
            self.hook["type"] = "Organization"
        self.deliveries = [self.delivery(number) for number in range(deliveries, 0, -1)]
        self.asked = 0

    def delivery(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "guid": f"guid-{number}",
            "delivered_at": TIME,
            "redelivery": False,
            "duration": 0.03,
            "status": "Service Unavailable",
            "status_code": 503,
            "event": "check_suite",
            "action": "completed",
            "installation_id": None,
            "repository_id": webhook("check_suite")["repository"]["id"],
            "throttled_at": None,
        }

    def details(self, number: int) -> dict[str, Any]:
        payload = webhook("check_suite", check_suite__id=number)
        return {
            **self.delivery(number),
            "url": f"{URL}",
            "request": {"headers": {"X-GitHub-Event": "check_suite"}, "payload": payload},
            "response": {"headers": {"Content-Type": "application/json"}, "payload": '{"status":"error"}'},
        }

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        query = dict(parse_qsl(parts.query))
        check_request(str(request.method), parts.path, query)
        self.asked += 1
        headers = {"Content-Type": "application/json"}
        result = self.answer(parts.path, query, headers)
        body = json.dumps(result).encode()
        check_response(str(request.method), parts.path, 200, body)
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url or "", request
        response.headers, response.raw = CaseInsensitiveDict(headers), BytesIO(body)
        return response

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        if path == self.path:
            return [self.hook]
        if path == f"{self.path}/7/deliveries":
            below = int(query.get("cursor", "v1_99999").removeprefix("v1_"))
            deliveries = [delivery for delivery in self.deliveries if delivery["id"] <= below]
            size = int(query["per_page"])
            if deliveries[size:]:
                following = f"https://api.github.com{path}?per_page={size}&cursor=v1_{deliveries[size]['id']}"
                headers["Link"] = f'<{following}>; rel="next"'
            return deliveries[:size]
        assert path.startswith(f"{self.path}/7/deliveries/")
        return self.details(int(path.rpartition("/")[2]))

    def close(self) -> None:
        pass


def services(github: HooksOfGitHub, owner: str, folder: Path) -> JobServices:
    session = requests.Session()
    session.mount("https://", github)
    cache = SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"}))
    reader = GitHubClient(session, cache, "https://api.github.com")
    options = {"watched_hooks": owner, "webhook_url": URL}
    worker = processing(DirectoryStore(str(folder)), reader, clock=Clock(NOW), **options)
    return JobServices(worker, reader, lambda: 300.0)


@pytest.mark.parametrize("owner", ["octo-org/hello-world", "octo-org"])
def test_deliveries_over_several_pages_are_recovered_and_in_the_ledger(npm: Path, owner: str, tmp_path: Path) -> None:
    assert npm
    github = HooksOfGitHub(owner, 130)
    job_services = services(github, owner, tmp_path)
    assert recover.run(job_services) == Report(130, 0)
    assert len(list(tmp_path.rglob("check-suite/**/*.json"))) == 130
    assert github.asked == 1 + 2 + 130
    assert ledger.run(job_services) == Report(2, 0)
    document = json.loads((tmp_path / "_system/ledger/2026-11-23/7.json").read_text())
    assert (document["sent"], document["stored"], document["recovered"], document["missing"]) == (130, 130, 130, [])
