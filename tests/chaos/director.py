"""One run: six days in some minutes, faults all the while; then they rest, recover and backfill run once, and the oracle counts."""

import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

from core import jobs
from core.errors import TelemetryError
from core.log import Log
from core.services import Processing, Scheduling
from core.webhook import sign
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.wiring import now
from runtimes.local import wiring
from runtimes.local.emulator import Emulator
from runtimes.local.fake_github.answers import FakeGitHub
from runtimes.local.fake_github.transport import serve
from runtimes.local.fake_github.world import Delivery, Webhook
from tests.building import SECRET
from tests.chaos import back, naive
from tests.chaos.oracle import VOLATILE, Facts, expected, of_delivery
from tests.chaos.processes import Restarted, killed_at_random, wait
from tests.chaos.proxy import FRONT, GITHUB, QUEUE, Chaos, between
from tests.chaos.story import DAYS, DOWN, OWNER, Planned, Story, story
from tests.conftest import free_port
from tests.history import DAY, HOUR

DATA = "telemetry-data"
_SENDERS = 16
_EVENING, _MORNING = 2 * HOUR, 5 * HOUR
"""Milliseconds before midnight, when a day is lived, and after, when the ledger looks back at it."""
_KILLED_EVERY = (0.7, 2.5)
"""Seconds, at least and at most, while deliveries come."""
_DRAIN = 240.0
"""Seconds, at most, from the last delivery of a day until everything of it is worked off."""


class Result(NamedTuple):
    """What a run came to."""

    seed: int
    sent: int
    accepted: int
    recovered: int
    backfilled: int
    expected: int
    stored: int
    doubles: int
    wrong: list[str]
    """Facts whose content is another than expected."""
    explained: Counter[str]
    """Facts that nobody can get any more, by what the ledger says of their delivery."""
    unexplained: list[str]
    commits: int
    killed: int
    faults: dict[str, Counter[str]]
    naive: naive.Naive

    @property
    def good(self) -> bool:
        """Whether nothing was lost that is not explained, and nothing is there twice or wrong."""
        return not (self.unexplained or self.doubles or self.wrong)


def run(seed: int, deliveries: int) -> Result:
    """Raises TimeoutError where something hangs."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        midnight = now() // DAY * DAY
        return _Run(seed, story(seed, deliveries, midnight), midnight, Path(folder), running).run()


class _Run:
    def __init__(self, seed: int, told: Story, midnight: int, folder: Path, running: ExitStack) -> None:
        """`midnight` ends the last day, in UNIX ms: a day of the story is one of the calendar, as the ledger's are."""
        self.seed, self.story, self.folder = seed, told, folder
        self.ends = midnight - now()
        self.chance = random.Random(f"{seed} director")
        self.chaos = [
            Chaos("to our webhook", FRONT, seed),
            Chaos("to the queue", QUEUE, seed),
            Chaos("to GitHub", GITHUB, seed),
        ]
        self.data = told.world.data_repository(f"{OWNER}/{DATA}")
        self.fake = FakeGitHub(told.world, now=lambda: (now() + self.offset) / 1000)
        self.offset = 0
        """Milliseconds from now to where the story is."""
        self.environment = f"c{self.chance.getrandbits(40):x}"
        self.killed = 0
        self.running = running

    def run(self) -> Result:
        api = self.running.enter_context(serve(self.fake))
        self.aws = Emulator(f"http://127.0.0.1:{free_port()}", self.folder)
        self.aws.start()
        self.running.callback(self.aws.stop)
        port = free_port()
        to_front = self.running.enter_context(between(f"127.0.0.1:{port}", self.chaos[0]))
        to_queue = self.running.enter_context(between(urlsplit(self.aws.endpoint).netloc, self.chaos[1]))
        to_github = self.running.enter_context(between(urlsplit(api).netloc, self.chaos[2]))
        self.url = f"{to_front}/telemetry"
        self.hook = Webhook(7, OWNER, self.url, ["*"])
        self.story.world.webhooks.append(self.hook)
        self.settings = back.told(
            self.environment,
            f"{OWNER}/{DATA}",
            api,
            watched_hooks=OWNER,
            webhook_url=self.url,
            watched_repositories=",".join(each.full_name for each in self.story.repositories),
        )
        made = wiring.clients(self.aws.endpoint)
        wiring.put_secrets(made.ssm, self.settings.model_copy(update={"github_webhook_secret": _secret()}))
        self.queues, self.sqs = wiring.make_queues(made.sqs, self.settings), made.sqs
        for day in range(DAYS):
            self.offset = self.ends + (day + 1 - DAYS) * DAY - _EVENING
            self._day(day, port, to_queue, to_github)
            self._rest(resting=True)
            self.offset += _EVENING + _MORNING
            self._job("ledger")
            self._rest(resting=False)
        self._rest(resting=True)
        before = self._collected_by()
        self._job("recover")
        self._job("backfill")
        return self._result(before)

    def _day(self, day: int, port: int, to_queue: str, to_github: str) -> None:
        """Its deliveries, in whatever order; processes are killed meanwhile."""
        told = [each for each in self.story.deliveries if each.day == day]
        self.chance.shuffle(told)
        if day in DOWN:
            for each in told:
                self._record(each, self.chance.choice((0, 502, 504)), "")
            return
        with self._processes(port, to_queue, to_github) as started, ThreadPoolExecutor(_SENDERS) as senders:
            wait(self._answers, "the webhook answers", 60)
            with killed_at_random(started, self.chance, _KILLED_EVERY):
                for half in (told[::2], told[1::2]):
                    list(senders.map(self._deliver, half))
                    self.chance.choice(started).kill()
            wait(lambda: wiring.left_in(self.sqs, self.queues) == 0, "the queue is worked off", _DRAIN)

    @contextmanager
    def _processes(self, port: int, to_queue: str, to_github: str) -> Iterator[list[Restarted]]:
        queued, output = {"AWS_ENDPOINT_URL": to_queue}, self.folder / "output.txt"
        behind = [self.environment, f"{OWNER}/{DATA}", to_github, str(self.offset)]
        started = [
            Restarted("front", [self.environment, str(port), str(self.offset)], queued, output),
            *(Restarted("back", behind, queued, output) for _ in range(2)),
        ]
        try:
            yield started
        finally:
            for each in started:
                each.stop()
            self.killed += sum(each.killed for each in started)

    def _answers(self) -> bool:
        try:
            return requests.get(self.url, timeout=5).status_code == 404
        except requests.RequestException:
            return False

    def _deliver(self, each: Planned) -> None:
        body = json.dumps(each.payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": each.event,
            "X-GitHub-Delivery": each.guid,
            "X-Hub-Signature-256": sign(body, SECRET),
        }
        try:
            answer = requests.post(self.url, data=body, headers=headers, timeout=10)
        except requests.RequestException:
            self._record(each, 0, "")
        else:
            self._record(each, answer.status_code, answer.text[:200])

    def _record(self, each: Planned, status: int, answer: str) -> None:
        body = json.dumps(each.payload).encode()
        with self.fake._lock:
            number = len(self.hook.deliveries) + 1
            self.hook.deliveries.append(Delivery(number, each.guid, each.event, each.at, status, body, answer))

    def _rest(self, *, resting: bool) -> None:
        for each in self.chaos:
            each.resting = resting

    def _job(self, name: str) -> None:
        """Once; what it leaves undone is said, and is the oracle's business."""
        store = back.store(self.settings)
        queue = SqsQueue(self.sqs, self.queues.queue, self.queues.dead_letters)
        log = Log("error", lambda line: self._note(f"{name}: {line}"))
        reader = back.reader(self.settings)
        processing = Processing(self.settings, store, reader, queue, lambda: now() + self.offset, log)
        try:
            jobs.run(name, Scheduling(processing, reader, lambda: 900.0))
        except TelemetryError as error:
            self._note(f"{name}: {error}")

    def _note(self, line: str) -> None:
        with (self.folder / "output.txt").open("a") as output:
            output.write(f"{line}\n")

    def _files(self) -> dict[str, Any]:
        assert self.data.git is not None
        return {path: json.loads(text) for path, text in self.data.git.files("main").items() if path.endswith(".json")}

    def _collected_by(self) -> Counter[str]:
        return Counter(each["collected_by"] for path, each in self._files().items() if not path.startswith("_system"))

    def _result(self, before: Counter[str]) -> Result:
        files = self._files()
        ledger = [each for path, each in files.items() if path.startswith("_system/ledger/")]
        stored = {path: each for path, each in files.items() if not path.startswith("_system/")}
        facts = expected(self.story)
        whole = {path: _lasting(each) for path, each in stored.items() if not path.endswith(".partial.json")}
        ids = Counter(each["id"] for each in whole.values())
        missing = facts.keys() - whole.keys()
        explained = _explained(missing, ledger, self.story)
        after = Counter(each["collected_by"] for each in stored.values())
        assert self.data.git is not None
        return Result(
            self.seed,
            len(self.story.deliveries),
            sum(200 <= each.status_code < 300 for each in self.hook.deliveries),
            after["recovery"] - before["recovery"],
            after["backfill"] - before["backfill"],
            len(facts),
            len(facts.keys() & whole.keys()),
            sum(number - 1 for number in ids.values()) + len(whole.keys() - facts.keys()),
            sorted(path for path in facts.keys() & whole.keys() if whole[path] != facts[path]),
            Counter(explained.values()),
            sorted(missing - explained.keys()),
            len(self.data.git.log("main")) - 1,
            self.killed,
            {each.name: each.done for each in self.chaos},
            naive.run(self.story, self.seed),
        )


def _explained(missing: set[str], ledger: list[dict[str, Any]], told: Story) -> dict[str, str]:
    """Which of the missing facts the ledger accounts for, by the delivery that would have told of them."""
    named = {gone["guid"]: gone["reason"] for entry in ledger for gone in entry["missing"]}
    explained: dict[str, str] = {}
    for each in told.deliveries:
        if each.guid in named:
            explained |= {path: named[each.guid] for path in of_delivery(each, told) if path in missing}
    return explained


def _lasting(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in VOLATILE}


def _secret() -> Any:
    from pydantic import SecretStr

    return SecretStr(SECRET)


__all__ = ["Facts", "Result", "run"]
