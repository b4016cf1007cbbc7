"""The records of the demo's team, stored by the pipeline itself, without a server: something real to report on."""

import fcntl
import json
import os
import shutil
import time
from pathlib import Path

from cli.demo import timeline
from cli.demo.scenario import Delivery
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.handler import Request, accept, process
from core.message import decode
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.stores.directory import DirectoryStore
from core.webhook import sign
from fakes.github.server import FakeGitHub
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import SECRET, Clock, processing, receiving
from tests.environment import RUN_FOLDER
from tests.memory_adapters import MemoryQueue, MemorySecrets

_WEEK = 7 * 86_400_000
_NUMBER = "number"
"""Name of the file with the number of facts beside their folder: it is there when the records are complete."""


def recently() -> int:
    """The story's end, some whole weeks later, just before now (UNIX ms): so it is the same story on any day."""
    now = time.time_ns() // 1_000_000
    return timeline.END + (now - timeline.END) // _WEEK * _WEEK


def store(folder: Path, weeks: int = 6, end: int = timeline.END, *, repo_path: str = "") -> int:
    """Put those of the weeks before `end` (UNIX ms) into a folder; how many facts they are."""
    if folder.is_dir() and any(folder.iterdir()):
        return _process(folder, weeks, end, repo_path)
    records = shared(weeks, end, repo_path=repo_path)
    shutil.copytree(records, folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
    return int((records.parent / _NUMBER).read_text())


def shared(weeks: int = 6, end: int = timeline.END, *, repo_path: str = "") -> Path:
    """Return a folder with the records, to be read only: all workers of a test run share it, and the first one fills it."""
    root = Path(os.environ[RUN_FOLDER], "demo-records", f"{weeks}-{end}-{repo_path.replace('/', '-')}")
    root.mkdir(parents=True, exist_ok=True)
    records, number = root / "records", root / _NUMBER
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not number.exists():
            shutil.rmtree(records, ignore_errors=True)
            number.write_text(str(_process(records, weeks, end, repo_path)))
    return records


def _process(folder: Path, weeks: int, end: int, repo_path: str) -> int:
    """Let the pipeline store the records, and return their number."""
    story = timeline.generate(weeks=weeks, end=end)
    clock = Clock(end)
    queue = MemoryQueue(clock.seconds, limit=10**6)
    services, _, _ = receiving(queue=queue)
    for delivery in story.deliveries:
        accept(_request(delivery), services)
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(FakeGitHub(story.state)))
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), "https://api.github.com")
    events = [decode(message.body) for batch in iter(queue.receive, []) for message in batch]
    assert len(events) == len(queue), "an event is left in the queue"
    process(events, processing(DirectoryStore(folder), github, clock=clock, repo_path=repo_path))
    return sum(story.expected.values())


def _request(delivery: Delivery) -> Request:
    body = json.dumps(delivery.payload).encode()
    header = "x-deven-event" if delivery.source == "deven" else "x-github-event"
    signature = sign(body, SECRET)
    headers = {header: delivery.event, "x-github-delivery": delivery.delivery_id, "x-hub-signature-256": signature}
    return Request(headers, body)
