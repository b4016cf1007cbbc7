"""The archives as Google builds them: made by the command, unpacked, and run with nothing of the repository on the path."""

import base64
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.webhook import sign
from fakes.google.server import FakeGoogle
from tests.builders import SECRET
from tests.e2e.package.test_package import package
from tests.environment import PATIENCE

ROOT = Path(__file__).parents[3]
ALONE = f"import json, sys; sys.path[:] = [sys.argv[1], *(p for p in sys.path if p not in ('', {str(ROOT)!r}))]\n"
WEBHOOK = """
import base64, functions_framework
told = json.load(sys.stdin)
client = functions_framework.create_app("webhook", sys.argv[1] + "/main.py").test_client()
answer = client.post("/telemetry", data=base64.b64decode(told["body"]), headers=told["headers"])
ours = sorted({m.__file__ for n, m in sys.modules.items() if n.startswith(("core", "runtimes")) and m.__file__})
dear = ("google.auth", "google.pubsub", "grpc", "requests", "pydantic", "nodesemver", "core.setting_types", "core.github.reader")
cloud = sorted(n for n in sys.modules if n.startswith(("google.cloud.p", "google.cloud.s", *dear)))
print(json.dumps([answer.status_code, all(f.startswith(sys.argv[1]) for f in ours), cloud]))
"""
WORKER = """
import functions_framework
app = functions_framework.create_app("worker", sys.argv[1] + "/main.py")
answer = app.test_client().post("/")
import core.batch, runtimes.gcp.gcs_store
print(json.dumps([answer.status_code, answer.json, core.batch.__file__.startswith(sys.argv[1])]))
"""


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("packaged"), "gcp")


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle("demo-project", authenticated=False) as running:
        for name in ("events", "dead"):
            running.pubsub.add_topic(f"projects/demo-project/topics/{name}")
        running.pubsub.add_subscription(
            "projects/demo-project/subscriptions/work", "projects/demo-project/topics/events"
        )
        running.secrets.put("projects/demo-project/secrets/telemetry-test-github-webhook-secret-token", SECRET)
        yield running


def run(google: FakeGoogle, packaged: Path, name: str, code: str, tmp_path: Path, stdin: str = "") -> Any:
    with zipfile.ZipFile(packaged / f"{name}.zip") as archive:
        archive.extractall(tmp_path / name)
    environment = {
        "PATH": os.defpath,
        "ENVIRONMENT_ID": "test",
        "STORE_DIRECTORY": str(tmp_path / "records"),
        "QUEUE_URL": "projects/demo-project/topics/events",
        "QUEUE_SUBSCRIPTION": "projects/demo-project/subscriptions/work",
        "DEAD_LETTERS_URL": "projects/demo-project/topics/dead",
        **google.environment,
    }
    command = [sys.executable, "-c", ALONE + code, str(tmp_path / name)]
    done = subprocess.run(
        command,
        env=environment,
        input=stdin,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_same_commit_makes_the_same_bytes(packaged: Path, tmp_path: Path) -> None:
    again = package(tmp_path, "gcp")
    for name in ("webhook", "worker"):
        assert (again / f"{name}.zip").read_bytes() == (packaged / f"{name}.zip").read_bytes()


@pytest.mark.parametrize("name", ["webhook", "worker"])
def test_functions_and_requirements_are_at_the_root(packaged: Path, name: str) -> None:
    with zipfile.ZipFile(packaged / f"{name}.zip") as archive:
        names = archive.namelist()
        requirements = archive.read("requirements.txt").decode()
    assert {"main.py", "requirements.txt"} <= set(names)
    assert not [
        entry
        for entry in names
        if entry.startswith(("runtimes/aws", "cli", "fakes", "runtimes/local", "tests", "warehouse"))
    ]
    pinned = [line for line in requirements.splitlines() if line and line[0] not in " #"]
    assert all("==" in line for line in pinned)
    assert requirements.count("--hash=sha256:") >= len(pinned)
    wanted = (
        {"functions-framework"} if name == "webhook" else {"functions-framework", "google-cloud-pubsub", "requests"}
    )
    assert wanted <= {line.partition("==")[0] for line in pinned}


def test_the_webhook_package_holds_only_the_webhook_and_the_canary(packaged: Path) -> None:
    with zipfile.ZipFile(packaged / "webhook.zip") as archive:
        ours = {name.removeprefix("core/") for name in archive.namelist() if re.fullmatch(r"core/\w+\.py", name)}
    always = (
        "__init__ account_kind add_signature ai_accounts assistants bounded_json clock commit_name discovery errors event_shapes events handler log message metric "
        "payload payload_texts persistent_connections ports retries scrub severity text_facts visible_text "
        "secrets_cache services settings_table url_security webhook"
    )
    in_clouds = "canary canary_poster ip_allowlist webhook_settings"
    assert ours == {f"{name}.py" for name in [*always.split(), *in_clouds.split()]}


def test_the_webhook_s_package_accepts_without_any_library_of_google_s(
    packaged: Path, google: FakeGoogle, tmp_path: Path
) -> None:
    body = (ROOT / "cli/samples/check_suite.json").read_bytes()
    headers = {"X-GitHub-Event": "check_suite", "X-Hub-Signature-256": sign(body, SECRET)}
    stdin = json.dumps({"body": base64.b64encode(body).decode(), "headers": headers})
    assert run(google, packaged, "webhook", WEBHOOK, tmp_path, stdin) == [202, True, []]
    assert len(google.pubsub.backlog("projects/demo-project/subscriptions/work")) == 1


def test_the_worker_s_package_drains(packaged: Path, google: FakeGoogle, tmp_path: Path) -> None:
    nothing = {"status": "drained", "batches": 0, "done": 0, "failed": 0, "records": 0}
    assert run(google, packaged, "worker", WORKER, tmp_path) == [200, nothing, True]
