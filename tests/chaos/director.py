"""One run: six days in some minutes, faults all the while; then they rest, recover and backfill run, and the oracle counts.

GitHub's clock, the webhook's and the workers' differ by minutes. What the jobs read of GitHub's lists is late, out of order, and
repeated, also while the other faults rest.
"""

import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from cli.deployment.clouds.aws.dead_letters import SqsLetters
from cli.deployment.dead_letters import replay
from core import jobs
from core.clock import now
from core.errors import TelemetryError
from core.log import Log
from core.services import JobServices, WorkerServices
from core.webhook import sign
from fakes.github.server import FakeGitHub
from fakes.github.state import Delivery, Webhook
from fakes.github.transport import serve
from fakes.github.webhooks_api import RETENTION_MS
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.local import wiring
from runtimes.local.emulator.emulator import Emulator
from tests.builders import SECRET
from tests.chaos import naive, neighbours, worker_process
from tests.chaos.accounting import Result, explained_by
from tests.chaos.lists import Lists
from tests.chaos.oracle import expected, lasting, of_delivery
from tests.chaos.processes import Restarted, killed_at_random, wait, wait_for_none
from tests.chaos.proxy import FRONT, GITHUB, LISTS, QUEUE, Chaos, between
from tests.chaos.story import DAYS, DOWN, OWNER, Planned, Story, story
from tests.conftest import free_port
from tests.environment import PATIENCE
from tests.github_history import DAY, HOUR

DATA = "telemetry-data"
_SENDERS = 16
_EVENING, _MORNING = 2 * HOUR, 5 * HOUR
"""Milliseconds before midnight, when a day is lived, and after, when the ledger looks back at it."""
_SKEW = 5 * 60_000
"""Milliseconds, at most, by which a clock is fast or slow."""
_LOOKED_AT = DAYS - 1
"""The day on whose evening recovery looks, while the newest deliveries are not listed yet."""
_OF_NEIGHBOURS = 20
"""Each of the two servers on one machine is sent one in so many of a run's deliveries."""
_KILLED_EVERY = (0.7, 2.5)
"""Seconds, at least and at most, while deliveries come."""
_DRAIN = 1000.0
"""Seconds, at most, without any progress after the last delivery of a day: an event may be hidden for 15 minutes (core.batch)."""


def run(seed: int, deliveries: int) -> Result:
    """Raises TimeoutError where something hangs."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        midnight = now() // DAY * DAY
        return _Run(seed, story(seed, deliveries, midnight), midnight, Path(folder), running).run()


class _Run:
    def __init__(self, seed: int, scenario: Story, midnight: int, folder: Path, running: ExitStack) -> None:
        """`midnight` ends the last day, in UNIX ms: a day of the story is one of the calendar, as the ledger's are."""
        self.seed, self.story, self.folder = seed, scenario, folder
        self.ends = midnight - now()
        self.chance = random.Random(f"{seed} director")
        self.offset = 0
        """Milliseconds from now to where the story is."""
        self.skew = self._skewed()
        """Milliseconds by which GitHub's clock is fast."""
        self.lists = Lists(seed, self._github_now)
        self.chaos = [
            Chaos("to our webhook", FRONT, seed),
            Chaos("to the queue", QUEUE, seed),
            Chaos("to GitHub", GITHUB, seed),
            Chaos("to GitHub's lists", LISTS, seed, lists=self.lists),
        ]
        for proxy in self.chaos[2:]:
            proxy.clock = lambda: self._github_now() / 1000
        self.data = scenario.state.data_repository(f"{OWNER}/{DATA}")
        self.fake = FakeGitHub(scenario.state, now=lambda: self._github_now() / 1000)
        self.environment = f"c{self.chance.getrandbits(40):x}"
        self.killed = 0
        self.replayed = Counter[str]()
        """Dead letters by their reason."""
        self.running = running

    def _skewed(self) -> int:
        return self.chance.randrange(-_SKEW, _SKEW)

    def _github_now(self) -> int:
        return now() + self.offset + self.skew

    def run(self) -> Result:
        api = self.running.enter_context(serve(self.fake))
        self.aws = Emulator(f"http://127.0.0.1:{free_port()}", self.folder)
        self.aws.start()
        self.running.callback(self.aws.stop)
        port = free_port()
        to_front = self.running.enter_context(between(f"127.0.0.1:{port}", self.chaos[0]))
        to_queue = self.running.enter_context(between(urlsplit(self.aws.endpoint).netloc, self.chaos[1]))
        to_github = self.running.enter_context(between(urlsplit(api).netloc, self.chaos[2]))
        to_lists = self.running.enter_context(between(urlsplit(api).netloc, self.chaos[3]))
        self.url = f"{to_front}/telemetry"
        self.hook = Webhook(7, OWNER, self.url, ["*"])
        self.story.state.webhooks.append(self.hook)
        self.settings = worker_process.settings_for(
            self.environment,
            f"{OWNER}/{DATA}",
            to_lists,
            watched_hooks=OWNER,
            webhook_url=self.url,
            watched_repositories=",".join(repository.full_name for repository in self.story.repositories),
        )
        clients = wiring.clients(self.aws.endpoint)
        wiring.put_secrets(clients.ssm, self.settings.model_copy(update={"github_webhook_secret": _secret()}))
        self.queues, self.sqs = wiring.make_queues(clients.sqs, self.settings), clients.sqs
        before = Counter[str]()
        for day in range(DAYS):
            if day == _LOOKED_AT:
                before = self._collected_by()
            self.offset = self.ends + (day + 1 - DAYS) * DAY - _EVENING
            self._day(day, port, to_queue, to_github)
            self._rest(resting=True)
            if day == _LOOKED_AT:
                self._recover_early()
            self.offset += _EVENING + _MORNING
            self._job("ledger")
            self._rest(resting=False)
        self._rest(resting=True)
        self._job("recover")
        unrecovered = self._unrecovered()
        self._job("backfill")
        return self._result(before, unrecovered)

    def _unrecovered(self) -> list[str]:
        """Return what is missing of the deliveries that are still listed; those that may leave the list meanwhile are left out."""
        since = self._github_now() - RETENTION_MS + _SKEW
        listed = [record for record in self.story.deliveries if record.at + self.skew > since]
        return sorted(
            {path for delivery in listed for path in of_delivery(delivery, self.story)} - self._files().keys()
        )

    def _recover_early(self) -> None:
        """Let recovery look while some of the newest deliveries are not listed yet; the last run must find them."""
        self.lists.late = True
        self._job("recover")
        self.lists.late = False

    def _day(self, day: int, port: int, to_queue: str, to_github: str) -> None:
        """Its deliveries, in whatever order; processes are killed meanwhile. In the evening somebody replays the dead letters.

        An event that is older than an hour, and met three failures of which the last was a 404, is one of them: docs/OPERATE.md.
        """
        deliveries = [record for record in self.story.deliveries if record.day == day]
        self.chance.shuffle(deliveries)
        if day in DOWN:
            for delivery in deliveries:
                self._record(delivery, self.chance.choice((0, 502, 504)), "")
            self._number()
            return
        with self._processes(port, to_queue, to_github) as started, ThreadPoolExecutor(_SENDERS) as senders:
            wait(self._answers, "the webhook answers", PATIENCE)
            with killed_at_random(started, self.chance, _KILLED_EVERY):
                for half in (deliveries[::2], deliveries[1::2]):
                    list(senders.map(self._deliver, half))
                    self.chance.choice(started).kill()
            self._number()
            self._drain()
            self._rest(resting=True)
            self.replayed += replay(SqsLetters(self.sqs, self.queues.dead_letters, self.queues.queue), dry_run=False)
            self._drain()

    def _drain(self) -> None:
        wait_for_none(lambda: wiring.count_messages(self.sqs, self.queues), "events in the queue", _DRAIN)

    @contextmanager
    def _processes(self, port: int, to_queue: str, to_github: str) -> Iterator[list[Restarted]]:
        queued, output = {"AWS_ENDPOINT_URL": to_queue}, self.folder / "output.txt"
        front, *backs = (str(self.offset + self._skewed()) for _ in range(3))
        behind = [self.environment, f"{OWNER}/{DATA}", to_github]
        started = [
            Restarted("webhook_process", [self.environment, str(port), front], queued, output),
            *(Restarted("worker_process", [*behind, clock], queued, output) for clock in backs),
        ]
        try:
            yield started
        finally:
            for process in started:
                process.stop()
            self.killed += sum(process.killed for process in started)

    def _answers(self) -> bool:
        try:
            return requests.get(self.url, timeout=5).status_code == 404
        except requests.RequestException:
            return False

    def _deliver(self, delivery: Planned) -> None:
        body = json.dumps(delivery.payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.guid,
            "X-Hub-Signature-256": sign(body, SECRET),
        }
        try:
            answer = requests.post(self.url, data=body, headers=headers, timeout=10)
        except requests.RequestException:
            self._record(delivery, 0, "")
        else:
            self._record(delivery, answer.status_code, answer.text[:200])

    def _record(self, delivery: Planned, status: int, answer: str) -> None:
        body = json.dumps(delivery.payload).encode()
        with self.fake._lock:
            number = len(self.hook.deliveries) + 1
            self.hook.deliveries.append(
                Delivery(number, delivery.guid, delivery.event, delivery.at + self.skew, status, body, answer)
            )

    def _number(self) -> None:
        """Number the deliveries by their time, as GitHub does: a day's are sent in any order here. Those of earlier days keep theirs."""
        with self.fake._lock:
            ordered = sorted(self.hook.deliveries, key=lambda record: record.delivered_at)
            self.hook.deliveries[:] = [delivery._replace(id=number) for number, delivery in enumerate(ordered, 1)]

    def _rest(self, *, resting: bool) -> None:
        for proxy in self.chaos:
            proxy.resting = resting

    def _job(self, name: str) -> None:
        """Once; what it leaves undone is said, and is the oracle's business."""
        store = worker_process.store(self.settings)
        queue = SqsQueue(self.sqs, self.queues.queue, self.queues.dead_letters)
        log = Log("error", lambda line: self._note(f"{name}: {line}"))
        reader = worker_process.reader(self.settings)
        processing = WorkerServices(self.settings, store, reader, queue, lambda: now() + self.offset, log)
        try:
            jobs.run(name, JobServices(processing, reader, lambda: 900.0))
        except TelemetryError as error:
            self._note(f"{name}: {error}")

    def _note(self, line: str) -> None:
        with (self.folder / "output.txt").open("a") as output:
            output.write(f"{line}\n")

    def _files(self) -> dict[str, Any]:
        assert self.data.git is not None
        return {path: json.loads(text) for path, text in self.data.git.files("main").items() if path.endswith(".json")}

    def _collected_by(self) -> Counter[str]:
        return Counter(
            record["collected_by"] for path, record in self._files().items() if not path.startswith("_system")
        )

    def _result(self, before: Counter[str], unrecovered: list[str]) -> Result:
        files = self._files()
        ledger = [record for path, record in files.items() if path.startswith("_system/ledger/")]
        stored = {path: record for path, record in files.items() if not path.startswith("_system/")}
        facts = expected(self.story)
        complete = {path: lasting(record) for path, record in stored.items() if not path.endswith(".partial.json")}
        ids = Counter(record["id"] for record in complete.values())
        missing = facts.keys() - complete.keys()
        explained = explained_by(missing, ledger, self.story)
        after = Counter(record["collected_by"] for record in stored.values())
        assert self.data.git is not None
        return Result(
            self.seed,
            len(self.story.deliveries),
            sum(200 <= record.status_code < 300 for record in self.hook.deliveries),
            after["recovery"] - before["recovery"],
            after["backfill"] - before["backfill"],
            len(facts),
            len(facts.keys() & complete.keys()),
            sum(number - 1 for number in ids.values()) + len(complete.keys() - facts.keys()),
            sorted(path for path in facts.keys() & complete.keys() if complete[path] != facts[path]),
            Counter(explained.values()),
            sorted(missing - explained.keys()),
            unrecovered,
            len(self.data.git.log("main")) - 1,
            self.killed,
            self.replayed,
            {proxy.name: proxy.done + (proxy.lists.done if proxy.lists else Counter()) for proxy in self.chaos},
            naive.run(self.story, self.seed),
            self._neighbours(),
        )

    def _neighbours(self) -> list[neighbours.Outcome]:
        number = max(20, len(self.story.deliveries) // _OF_NEIGHBOURS)
        return neighbours.run(self.seed, number, now(), self.folder)


def _secret() -> Any:
    from pydantic import SecretStr

    return SecretStr(SECRET)
