"""The records of the demo's team, stored by the pipeline itself, without a server: something real to report on."""

import atexit
import json
import shutil
import tempfile
import time
from functools import cache
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
from tests.memory_adapters import MemoryQueue, MemorySecrets

_WEEK = 7 * 86_400_000


def recently() -> int:
    """The story's end, some whole weeks later, just before now (UNIX ms): so it is the same story on any day."""
    now = time.time_ns() // 1_000_000
    return timeline.END + (now - timeline.END) // _WEEK * _WEEK


def store(folder: Path, weeks: int = 6, end: int = timeline.END, *, repo_path: str = "") -> int:
    """Put those of the weeks before `end` (UNIX ms) into a folder; how many facts they are."""
    if folder.is_dir() and any(folder.iterdir()):
        return _process(folder, weeks, end, repo_path)
    stored, facts = _stored(weeks, end, repo_path)
    shutil.copytree(stored, folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
    return facts


@cache
def _stored(weeks: int, end: int, repo_path: str) -> tuple[Path, int]:
    """Return a folder with the records, which is only copied, and their number; the end of this process deletes it."""
    folder = Path(tempfile.mkdtemp(prefix="demo-records-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder, _process(folder, weeks, end, repo_path)


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
    events = [decode(message.body) for message in queue.receive(10**6)]
    process(events, processing(DirectoryStore(folder), github, clock=clock, repo_path=repo_path))
    return sum(story.expected.values())


def _request(delivery: Delivery) -> Request:
    body = json.dumps(delivery.payload).encode()
    header = "x-deven-event" if delivery.source == "deven" else "x-github-event"
    signature = sign(body, SECRET)
    headers = {header: delivery.event, "x-github-delivery": delivery.delivery_id, "x-hub-signature-256": signature}
    return Request(headers, body)
