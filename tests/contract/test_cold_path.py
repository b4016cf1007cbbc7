import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.environment import PATIENCE

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    *("requests", "pydantic", "pydantic_settings", "nodesemver", "boto3", "botocore", "filelock"),
    *("dataclasses", "logging", "concurrent.futures", "random", "pkgutil", "inspect"),
    *("core.settings", "core.collect_metrics", "core.store_data", "core.github.reader"),
}
SCRIPT = """
import json, sys
before = set(sys.modules)
import runtimes.aws.webhook as shim
from core.log import Log
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache
from core.services import WebhookServices
from core.webhook import sign
from core.webhook_settings import WebhookSettings
from tests.memory_adapters import MemoryQueue, MemorySecrets

queue = MemoryQueue(lambda: 0.0)
cache = SecretsCache(MemorySecrets({WEBHOOK_SECRET: "secret"}))
services = WebhookServices(WebhookSettings(), cache, queue, lambda: 0, Log("error"))
repository = {"id": 1, "name": "r", "owner": {"login": "o"}, "html_url": "https://github.com/o/r"}
deliveries = {
    "check_suite": {"action": "completed", "check_suite": {"id": 1}, "repository": repository},
    "create": {"ref": "v1.2.3", "ref_type": "tag", "repository": repository, "padding": ["x" * 9000]},
    "ping": {"zen": "Keep it logically awesome."},
}
statuses = []
for event, payload in deliveries.items():
    body = json.dumps(payload)
    headers = {"X-GitHub-Event": event, "X-Hub-Signature-256": sign(body.encode(), "secret")}
    statuses.append(shim.respond({"headers": headers, "body": body, "isBase64Encoded": False}, services)["statusCode"])
print(json.dumps({"statuses": statuses, "queued": len(queue), "modules": sorted(set(sys.modules) - before)}))
"""

# A process of its own, with an AWS of three lines: the function as Lambda starts it, wired by the environment alone.
ON_AWS = """
import json, os, socket, sys, threading
before = set(sys.modules)
listening = socket.create_server(("127.0.0.1", 0))

def aws():
    while True:
        connection = listening.accept()[0]
        threading.Thread(target=serve, args=(connection,), daemon=True).start()

def serve(connection):
    with connection, connection.makefile("rwb") as stream:
        while stream.readline():
            lines = iter(lambda: stream.readline().decode().strip().lower(), "")
            headers = dict(line.split(": ", 1) for line in lines)
            stream.read(int(headers["content-length"]))
            told = {"MessageId": "m", "Parameter": {"Value": "secret"}}
            body = json.dumps(told).encode()
            stream.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
            stream.flush()

threading.Thread(target=aws, daemon=True).start()
os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:%d" % listening.getsockname()[1]
import runtimes.aws.webhook as shim
from core.webhook import sign

repository = {"id": 1, "name": "r", "owner": {"login": "o"}}
body = json.dumps({"action": "completed", "check_suite": {"id": 1}, "repository": repository})
headers = {"X-GitHub-Event": "check_suite", "X-Hub-Signature-256": sign(body.encode(), "secret")}
event = {"headers": headers, "body": body, "isBase64Encoded": False}
statuses = [shim.handler(event, None)["statusCode"] for _ in range(2)]
print(json.dumps({"statuses": statuses, "modules": sorted(set(sys.modules) - before)}))
"""
KEYS = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "LOG_LEVEL": "error"}


def run_script(script: str, **environment: str) -> Any:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=ROOT,
        env={"PATH": os.defpath, **environment},
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.stderr == ""
    return json.loads(ran.stdout)


def test_the_webhook_half_imports_no_slow_module() -> None:
    result = run_script(SCRIPT)
    assert (result["statuses"], result["queued"]) == ([202, 202, 200], 2)
    assert FORBIDDEN.intersection(result["modules"]) == set()


def test_the_aws_webhook_reads_the_secret_and_sends_without_slow_imports() -> None:
    result = run_script(ON_AWS, **KEYS)
    assert result["statuses"] == [202, 202]
    assert (FORBIDDEN | {"http.client", "email", "urllib.parse"}).intersection(result["modules"]) == set()


def imports_late(path: Path) -> bool:
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    return any(isinstance(node, ast.Import | ast.ImportFrom) for function in functions for node in ast.walk(function))


def test_every_late_import_of_a_function_is_in_the_decision() -> None:
    decision = next((ROOT / "docs" / "adr").glob("0005-*.md")).read_text()
    listed = {
        name for row in re.findall(r"^\| (`.+?`) \| ", decision, re.MULTILINE) for name in re.findall(r"`(.+?)`", row)
    }
    folders = ("core", "runtimes/aws", "runtimes/gcp")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert {path.relative_to(ROOT).as_posix() for path in paths if imports_late(path)} == listed
