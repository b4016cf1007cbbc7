"""What an issue says of itself, from the webhook through the queue into the record, and nothing else of its texts."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.batch import work
from core.events import plain
from core.handler import Request, accept
from core.message import decode
from core.stores.directory import DirectoryStore
from core.webhook import sign
from tests.builders import SECRET, Clock, processing, receiving, webhook
from tests.memory_adapters import MemoryQueue

TITLE = "[SEV1] Mona's shop is down"
BODY = "Caused by #12, culprit: commit 0123abc4567.\nAsk mona@octo.example."
LABELS = [{"id": 1, "name": "incident"}, {"id": 2, "name": "not-a-deployment"}]


def deliver(folder: Path, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Return the message in the queue, and the output of the record."""
    clock = Clock()
    queue = MemoryQueue(clock.seconds)
    services, _, _ = receiving(queue=queue)
    body = json.dumps(webhook("issues_closed", issue__title=TITLE, issue__body=BODY, **changes)).encode()
    headers = {
        "x-github-event": "issues",
        "x-github-delivery": "d-1",
        "x-hub-signature-256": sign(body, SECRET),
        "content-type": "application/json",
    }
    assert accept(Request(headers, body), services).status == 202
    [message] = queue.receive()
    result = work([message], processing(DirectoryStore(folder), None, queue=queue, clock=clock))
    assert (result.failed, result.again) == ((), ())
    [path] = folder.rglob("*/incident/**/*.json")
    output: dict[str, Any] = json.loads(path.read_text())["output"]
    return json.dumps(plain(decode(message.body))), output


def test_the_cause_and_severity_of_an_incident_reach_its_record(tmp_path: Path) -> None:
    _, output = deliver(tmp_path, issue__labels=LABELS)

    assert (
        output.items()
        >= {
            "severity": 1,
            "cause_sha": "0123abc4567",
            "cause_number": 12,
            "all_labels": ["incident", "not-a-deployment"],
            "is_exempt": True,
        }.items()
    )


@pytest.mark.parametrize("text", ["Mona", "shop", "Caused", "octo.example"])
def test_the_texts_of_an_incident_stay_in_the_webhook(text: str, tmp_path: Path) -> None:
    message, output = deliver(tmp_path, issue__type={"id": 3, "name": "Outage", "description": f"of {text}"})

    assert output["issue_type"] == "Outage"
    assert text not in json.dumps(output)
    assert text not in message.replace("octo-org", "")
