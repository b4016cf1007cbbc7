"""No text that a person wrote leaves the webhook half or reaches a record, but for those of the listed kinds of fields.

Each metric is held to it by being there: every payload of tests/webhooks and every example of GitHub's own goes through both
halves with a mark in each of its texts, and so do the responses of the fake GitHub.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from core import message
from core.collect_metrics import READS_UNTIL_PARTIAL, collect_all
from core.events import plain
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.handler import Request, accept
from core.metrics import all_metrics, by_trigger, events_of_github
from core.payload import Json
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.webhook import sign
from fakes.github.git_database import GitDatabase, Signature
from fakes.github.server import FakeGitHub
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, SECRET, WEBHOOKS, Clock, Lines, a_github, processing, receiving
from tests.memory_adapters import MemorySecrets
from tests.security.inputs.marked_texts import HERE, MarkedGitHub, Marks

RECORDED = re.compile(
    r"/(?:ref|head_branch|base_ref|head_ref|tag_name|tag)$"  # branches and tags
    r"|/environment$|/original_environment$|/task$"
    r"|/labels(?:/name)?$|/label/name$|/runner_group_name$"  # of pull requests, issues and runners
    r"|/filename$|/workflow(?:_run)?/path$"  # paths of files and workflows
    r"|/workflow(?:_run)?/name$|/workflow_name$"
    r"|/workflow_job(?:/steps)?/name$|/check_run/name$|^response.*/steps/name$"  # jobs and steps
    r"|/issue/type/name$|/tool/name$"
)
"""Where a text may come from that a record holds as it was written, bounded: SECURITY.md, Personal data."""
WRITTEN = re.compile(
    r"/(?:title|body|display_title|description|message|text|summary|bio|company|location|blog|homepage|from|email|node_id|payload)$"
    r"|/(?:author|committer|sender|pusher|head_commit|organization|enterprise|milestone/title)/|url$|_links/|/(?:user|creator|"
    r"owner|assignee|assignees|actor|triggering_actor|merged_by|requested_reviewers)/name$"
)
"""Texts that may not even leave the webhook half."""
TITLE = f'Revert "{HERE}"'
BODY = (
    f"{HERE}\n\nReverts octo-org/hello-world#12\nThis reverts commit ec26c3e57ca3a959ca5aad62de7213c562f8c821.\nFixes #7\n"
    f"Caused by #12 {HERE}\n### Severity\n\n{HERE}\n\nAssisted-by: {HERE}\nCo-authored-by: {HERE} <{HERE}@users.noreply.github.com>\n"
)
"""A title and a description in which every fact is beside a mark."""


class Run(Marks):
    """One payload on its way: what was queued, and the records."""

    def __init__(self, signature: str, payload: Json) -> None:
        super().__init__()
        self._lines = Lines()
        marked = self.mark(payload)
        self._labels = (
            ",".join(label["name"] for label in (marked.get("issue") or {}).get("labels") or []) or "incident"
        )
        self.events = [message.decode(body) for body in self._queue(signature, marked)]
        last_try = [event._replace(failed_reads=READS_UNTIL_PARTIAL) for event in self.events]
        collected = collect_all(last_try, self._worker())
        self.failures = [str(item.failure) for item in collected if item.failure]
        self.records = [{"path": record.path, **plain(record.event)} for item in collected for record in item.records]

    def _queue(self, signature: str, payload: Json) -> list[str]:
        source, _, name = signature.partition("::")
        body = json.dumps(payload).encode()
        headers = {f"x-{source}-event": name, "x-hub-signature-256": sign(body, SECRET)}
        services, queue, _ = receiving(lines=self._lines, incident_labels=self._labels)
        assert accept(Request(headers, body), services).status in (200, 202)
        return [entry.body for entry in queue.receive()]

    def _worker(self) -> Any:
        clock, session = Clock(), pooled_session()
        session.mount("https://", FakeGitHubAdapter(cast("FakeGitHub", MarkedGitHub(github()[0], self))))
        secrets = SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"}))
        client = GitHubClient(session, secrets, "https://api.github.com", now=clock.seconds)
        return processing(None, client, clock=clock, lines=self._lines, incident_labels=self._labels)

    def unlisted(self) -> list[str]:
        """Return each mark that a record, a message or a line of the log holds and should not."""
        recorded = [
            f"{record['metric_signature']}{place} from {source}"
            for record in self.records
            for place, source in self.found(record)
            if not RECORDED.search(source)
        ]
        queued = [
            f"message{place} from {source}"
            for event in self.events
            for place, source in self.found(event._asdict())
            if WRITTEN.search(source) or place.startswith("/text_facts")
        ]
        logged = [
            f"log{place} from {source}"
            for place, source in self.found(self._lines.lines)
            if not RECORDED.search(source)
        ]
        return recorded + queued + logged


def github() -> tuple[FakeGitHub, list[str]]:
    """Return a GitHub with two commits that have messages, an author and files."""
    fake, git, author = a_github(), GitDatabase(), Signature("Mona Lisa", "mona@example.com", NOW // 1000)
    shas: list[str] = []
    files = {"package.json": git.blob(b'{"version":"1.2.3"}'), "README.md": git.blob(b"")}
    for number in range(2):
        text = f"Change {number} (#7)\n\nCo-authored-by: Mona <mona@example.com>"
        shas.append(git.commit(git.changed(None, files), tuple(shas[-1:]), text, author).sha)
    git.show("main", shas[-1])
    fake.state.repository("octo-org/hello-world").git = git
    return fake, shas


def rewritten(value: Any) -> Any:
    """Return a payload whose titles and descriptions say all that is read from such texts."""
    if isinstance(value, list):
        return [rewritten(item) for item in value]
    if not isinstance(value, dict):
        return value
    texts = {"title": TITLE, "body": BODY}
    return {key: texts[key] if key in texts and item else rewritten(item) for key, item in value.items()}


def merged(payload: Json) -> Json:
    """Return the payload as that of the pull request's merge, if it is of one."""
    if type(payload.get("pull_request")) is not dict:
        return payload
    times = {"merged_at": "2026-11-24T05:00:00Z", "closed_at": "2026-11-24T05:00:00Z"}
    return {**payload, "action": "closed", "pull_request": {**payload["pull_request"], "merged": True, **times}}


@cache
def runs_of_ours() -> tuple[Run, ...]:
    names = {signature.partition("::")[2].replace("-", "_"): signature for signature in by_trigger()}
    runs = []
    for path in sorted(WEBHOOKS.glob("*.json")):
        payload, shas = json.loads(path.read_text()), github()[1]
        if "deployment" in payload:
            payload["deployment"]["sha"] = shas[-1]
        if path.stem.startswith("comparison"):
            payload |= {"base": shas[0], "head": shas[1]}
        name = max((name for name in names if f"{path.stem}_".startswith(f"{name}_")), key=len)
        runs += [Run(names[name], payload), Run(names[name], rewritten(payload))]
    return tuple(runs)


def test_no_text_of_our_payloads_is_in_an_unlisted_field() -> None:
    assert [place for run in runs_of_ours() for place in run.unlisted()] == []


def test_every_metric_made_a_record_of_a_marked_payload() -> None:
    recorded = {record["metric_signature"] for run in runs_of_ours() for record in run.records}
    assert {metric.name for metric in all_metrics()} - recorded == set()


def test_the_marks_of_listed_fields_are_found() -> None:
    found = {place for run in runs_of_ours() for record in run.records for place, _ in run.found(record)}
    assert {"/output/head_branch", "/output/env", "/output/steps/name", "/output/release_version/raw"} <= found


@pytest.mark.npm
@pytest.mark.parametrize("event", events_of_github())
def test_no_text_of_github_s_examples_is_in_an_unlisted_field(npm: Path, event: str) -> None:
    index = json.loads((npm / "@octokit/webhooks-examples/api.github.com/index.json").read_text())
    examples = [example for entry in index if entry["name"] == event for example in entry["examples"]]
    payloads = [each for example in examples for each in (example, rewritten(merged(example)))]
    runs = [Run(f"github::{event}", payload) for payload in payloads]
    assert examples
    assert [place for run in runs for place in run.unlisted()] == []
