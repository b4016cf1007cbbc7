import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
FORBIDDEN = {
    *("requests", "pydantic", "pydantic_settings", "nodesemver", "boto3", "botocore", "filelock"),
    *("dataclasses", "logging", "concurrent.futures", "random", "pkgutil", "inspect"),
    *("core.settings", "core.collect_metrics", "core.store_data", "core.github"),
}
SCRIPT = """
import json, sys
before = set(sys.modules)
import runtimes.aws.webhook as shim
from core.log import Log
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache
from core.services import Receiving
from core.webhook import sign
from core.webhook_settings import WebhookSettings
from runtimes.local.memory import MemoryQueue, MemorySecrets

queue = MemoryQueue(lambda: 0.0)
cache = SecretsCache(MemorySecrets({WEBHOOK_SECRET: "secret"}))
services = Receiving(WebhookSettings(), cache, queue, lambda: 0, Log("error"))
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


def test_the_webhook_half_imports_nothing_that_would_cost_a_cold_start() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    told = json.loads(ran.stdout)
    assert (told["statuses"], told["queued"], ran.stderr) == ([202, 202, 200], 2, "")
    assert FORBIDDEN.intersection(told["modules"]) == set()
