"""What holds whatever arrives."""

import copy
import json
import re
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.collect_metrics import collect_metrics
from core.errors import MalformedPayload, NotAvailable, PermanentError, Unauthorized
from core.events import Record, SignedTriggerEvent
from core.handler import process
from core.metric import Key
from core.payload import Json
from core.record_path import key_name
from core.stores.directory import DirectoryStore
from core.webhook import sign, verify
from tests.builders import NOW, processing, signed
from tests.unit.core.recording import (
    COMMITS,
    FILES,
    RecordingStore,
    ScriptedGitHub,
    check_suite,
    new_tag,
    pull_request,
    repository,
    snapshot,
    workflow_job,
)

CONFIG = "octo-org/Hello-World/deven-skeleton-install.config.json@"
SECRETS = st.text(min_size=1, max_size=60)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
NASTY = st.sampled_from(
    ["..", ".", "/", "\\", "%2F", "~", "\0", "\n", ".git", "_system", "é", "\ud800", "-", "a", "v1.2.3"]
)
NAMES = ANY_TEXT | st.lists(NASTY, max_size=5).map("".join) | st.from_regex(r"[A-Za-z0-9._-]{1,101}", fullmatch=True)
CORE = st.from_regex(r"[v= ]{0,3}[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}", fullmatch=True)
TAILS = st.from_regex(r"(-[0-9A-Za-z.-]{1,250})?(\+[0-9A-Za-z.-]{1,250})?", fullmatch=True)
NO_GRAPHQL: dict[str, list[Any]] = {
    f"query {name}": [NotAvailable("no GraphQL")] for name in ("NumberKinds", "PullRequestTimeline", "ReleaseTag")
}
TAGS = NAMES | st.builds("{}{}".format, CORE, TAILS)


@given(st.binary(max_size=2000), SECRETS)
def test_every_signed_body_verifies(body: bytes, secret: str) -> None:
    assert verify(sign(body, secret), body, [secret]) == 0


@given(st.binary(min_size=1, max_size=500), SECRETS, st.data())
def test_any_changed_byte_of_the_body_does_not_verify(body: bytes, secret: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(body) - 1))
    changed = bytearray(body)
    changed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unauthorized):
        verify(sign(body, secret), bytes(changed), [secret])


@given(st.binary(max_size=100), SECRETS, st.integers(0, 70), st.characters())
def test_any_changed_character_of_the_signature_does_not_verify(
    body: bytes, secret: str, position: int, character: str
) -> None:
    right = sign(body, secret)
    wrong = right[:position] + character + right[position + 1 :]
    if wrong == right:
        return
    with pytest.raises(Unauthorized):
        verify(wrong, body, [secret])


@given(st.binary(max_size=100), st.lists(SECRETS, min_size=1, max_size=4, unique=True), st.data())
def test_any_of_several_secrets_verifies(body: bytes, secrets: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(secrets) - 1))
    assert verify(sign(body, secrets[index]), body, secrets) == index


@given(st.binary(max_size=100), ANY_TEXT)
def test_no_text_verifies_by_chance(body: bytes, signature: str) -> None:
    with pytest.raises(Unauthorized):
        verify(signature, body, ["secret"])


def collected(event: SignedTriggerEvent) -> tuple[Record, ...]:
    """Its records; none if it is malformed. Anything unexpected is an error."""
    answers: dict[str, list[Any]] = {COMMITS: [[]], FILES: [[]], CONFIG: [None]} | NO_GRAPHQL
    outcome = collect_metrics(event, processing(RecordingStore(), ScriptedGitHub(answers)))
    if outcome.failure is not None:
        assert type(outcome.failure) is PermanentError
        assert "unexpected" not in str(outcome.failure)
    return outcome.records


def check_path(record: Record, parts: int) -> None:
    *folders, file = record.path.split("/")
    event = record.event
    assert len(folders) + 1 == parts
    assert folders[:3] == [event.owner, event.repo, event.metric_signature]
    for part in (*folders, file):
        assert part not in ("", ".", "..")
        assert len(part.encode()) <= 255
        assert part.isascii()
        assert part.isprintable()
        assert not set(part) & set('/\\\0:*?"<>|')
    assert file.endswith(".json")
    assert not re.search("[A-Z]", re.sub("%[0-9A-F]{2}", "", file))  # case alone never tells two files apart
    name, key = file.removesuffix(".json"), event.id.rpartition("/")[2]
    assert unquote(name) == unquote(key) or "~" in name  # a name that is cut ends in its hash
    assert event.id.split("/")[:-1] == folders[:3]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TAGS)
def test_the_file_of_any_tag_stays_in_its_folder(tag: str) -> None:
    for record in collected(signed("github::create", new_tag(tag))):
        assert record.event.metric_signature == "release-versions"
        check_path(record, 4)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, NAMES)
def test_the_files_of_any_repository_stay_in_its_folder(owner: str, name: str) -> None:
    for record in collected(signed("github::check_suite", check_suite(repository=repository(owner, name)))):
        assert (record.event.owner, record.event.repo) == (owner, name)
        check_path(record, 5)


@given(NAMES)
def test_the_file_of_our_own_event_stays_in_its_folder_on_any_day(day: str) -> None:
    for record in collected(signed("deven::tooling-usage", snapshot(day=day))):
        check_path(record, 5)


@given(TAGS)
def test_a_tag_has_the_same_path_in_every_store_or_is_rejected(tag: str) -> None:
    for record in collected(signed("github::create", new_tag(tag))):
        target = DirectoryStore("root")._target(record.path)
        assert target.relative_to("root/octo-org/Hello-World/release-versions").parts == (target.name,)


@given(st.lists(st.integers() | st.text(max_size=300), min_size=1, max_size=3))
def test_a_key_is_always_one_safe_name(parts: list[int | str]) -> None:
    name = key_name(Key(tuple(parts)))
    assert name not in (".", "..")
    assert len(name.encode()) + len(".partial.json") <= 255
    assert name.isascii()
    assert "/" not in name


@given(st.text(max_size=400), st.text(max_size=400))
def test_different_keys_have_different_names(one: str, other: str) -> None:
    assert (key_name(Key((one,))) == key_name(Key((other,)))) == (one == other)


FACTS: list[tuple[str, Json]] = [
    ("github::check_suite", check_suite(id=1)),
    ("github::check_suite", check_suite(id=2)),
    ("github::pull_request", pull_request()),
    ("github::workflow_job", workflow_job(id=3)),
    ("github::workflow_job", workflow_job(id=4, name="lint")),
    ("github::create", new_tag("v1.0.0")),
    ("github::create", new_tag("v1.0.0/a")),
    ("github::create", new_tag("v2.0.0-rc.1+b")),
    ("deven::tooling-usage", snapshot(day="2026-11-24")),
]
ARRIVALS = st.tuples(
    st.sampled_from(range(len(FACTS))),
    st.uuids().map(str),
    st.integers(NOW - 10**9, NOW + 10**9),
    st.sampled_from(["webhook", "recovery", "backfill"]),
)


@given(st.sampled_from(FACTS), ARRIVALS)
def test_a_record_s_path_is_independent_of_delivery_and_arrival_time(
    fact: tuple[str, Json], arrival: tuple[int, str, int, str]
) -> None:
    _, delivery, received_at, collected_by = arrival
    fields: dict[str, Any] = {"delivery_id": delivery, "received_at": received_at, "collected_by": collected_by}
    once, again = collected(signed(*fact)), collected(signed(*fact, **fields))
    assert [(record.path, record.event.id) for record in again] == [(record.path, record.event.id) for record in once]


def stored(events: list[SignedTriggerEvent], size: int) -> dict[str, Json]:
    """Every record in a fresh folder, after batches of that size, without what tells of its arrival."""
    with tempfile.TemporaryDirectory() as folder:
        answers: dict[str, list[Any]] = {COMMITS: [[]], FILES: [[]], CONFIG: [None]} | NO_GRAPHQL
        services = processing(DirectoryStore(folder), ScriptedGitHub(answers))
        for start in range(0, len(events), size):
            process(events[start : start + size], services)
        paths = [path for path in Path(folder).rglob("*.json") if "_system" not in path.parts]
        return {path.relative_to(folder).as_posix(): stable_fields(path) for path in paths}


def stable_fields(path: Path) -> Json:
    record = json.loads(path.read_text())
    return {name: value for name, value in record.items() if name not in ("created_at", "delivery_id", "collected_by")}


def arrived(number: int, delivery: str, received_at: int, collected_by: str) -> SignedTriggerEvent:
    fields: dict[str, Any] = {"delivery_id": delivery, "received_at": received_at, "collected_by": collected_by}
    signature, payload = FACTS[number]
    return signed(signature, copy.deepcopy(payload), **fields)


@settings(max_examples=15, deadline=None)
@given(st.lists(ARRIVALS, max_size=8), st.randoms(use_true_random=False), st.integers(1, 12))
def test_duplicates_and_order_do_not_change_the_files(
    extra: list[tuple[int, str, int, str]], random: Any, size: int
) -> None:
    events = [signed(*fact) for fact in FACTS]
    shuffled = [*events, *(arrived(*repeat) for repeat in extra)]
    random.shuffle(shuffled)
    expected = stored(events, len(events))
    assert stored(shuffled, size) == expected
    assert len(expected) == 11


@given(st.dictionaries(st.text(max_size=10), st.none() | st.integers() | st.text(max_size=10), max_size=4))
def test_a_payload_of_any_shape_is_a_record_or_malformed(payload: Json) -> None:
    for signature in ("github::check_suite", "github::create", "github::pull_request", "github::workflow_job"):
        try:
            event = signed(signature, {"action": "completed", "ref_type": "tag", **payload})
        except MalformedPayload:
            continue
        assert collected(event) == ()
