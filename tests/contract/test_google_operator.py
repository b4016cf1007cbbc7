"""What the operator's commands ask of Google Cloud, by Google's own clients, signed in as GitHub Actions would be."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from cli.deployment import secrets_setup
from cli.deployment.cloud import TargetError
from cli.deployment.clouds.gcp.cloud import Gcp
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET
from fakes.google.server import FakeGoogle
from tests.contract.google_login import sign_in

PROJECT = "demo-project"
EVENTS, LETTERS = f"projects/{PROJECT}/topics/events", f"projects/{PROJECT}/topics/letters"
WORK, DEAD = f"projects/{PROJECT}/subscriptions/events", f"projects/{PROJECT}/subscriptions/letters"
OUTPUTS = {"dead_letters": DEAD, "queues": {"events": EVENTS}}


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle(PROJECT, authenticated=False) as running:
        yield running


@pytest.fixture
def signed_in(google: FakeGoogle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGoogle:
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.setenv(name, sign_in(google, tmp_path)[name])
    return google


def cloud(google: FakeGoogle, project: str = PROJECT, region: str = "europe-west1", **more: str) -> Gcp:
    return Gcp("test", project, region, {**google.environment, **more})


# who and where


def test_the_account_is_named_by_its_project(signed_in: FakeGoogle) -> None:
    assert cloud(signed_in).account() == PROJECT
    assert list(cloud(signed_in).check()) == []


@pytest.mark.parametrize(
    ("project", "region", "says"),
    [("", "europe-west1", "set GOOGLE_CLOUD_PROJECT"), (PROJECT, "", "set GOOGLE_CLOUD_REGION, such as europe-west1")],
)
def test_without_a_project_or_region(signed_in: FakeGoogle, project: str, region: str, says: str) -> None:
    with pytest.raises(TargetError, match=says):
        cloud(signed_in, project, region).account()


def test_without_a_login(google: FakeGoogle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("HOME", str(tmp_path)), ("CLOUDSDK_CONFIG", str(tmp_path)), ("NO_GCE_CHECK", "true")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(TargetError, match=r"rejects the credentials .*: sign in, for example with `gcloud auth app"):
        cloud(google).account()


def test_a_login_that_is_not_good_any_more(signed_in: FakeGoogle) -> None:
    signed_in.console.signs_in = False
    with pytest.raises(TargetError, match=r"rejects the credentials \(\w*Error\): sign in"):
        cloud(signed_in).account()


def stands_in_the_way(google: FakeGoogle, project: str = PROJECT) -> str:
    with pytest.raises(TargetError) as raised:
        list(cloud(google, project).check())
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_an_absent_or_deleted_project_is_an_error(signed_in: FakeGoogle) -> None:
    assert "does not exist, or who is signed in may not see it" in stands_in_the_way(signed_in, "other-project")
    signed_in.console.state = "DELETE_REQUESTED"
    assert "is delete_requested, not active" in stands_in_the_way(signed_in)


@pytest.mark.parametrize("api", ["cloudresourcemanager", "serviceusage"])
def test_an_api_that_is_off_is_named_with_what_turns_it_on(signed_in: FakeGoogle, api: str) -> None:
    signed_in.console.disabled.add(api)
    enable = "`gcloud services enable cloudresourcemanager.googleapis.com serviceusage.googleapis.com --project"
    assert enable in stands_in_the_way(signed_in)


def test_a_project_without_billing(signed_in: FakeGoogle) -> None:
    signed_in.console.billing = False
    assert "`gcloud billing projects link demo-project --billing-account=…`" in stands_in_the_way(signed_in)


def test_an_unreadable_check_is_a_note_not_an_error(signed_in: FakeGoogle) -> None:
    signed_in.console.denied.add("cloudbilling")
    assert list(cloud(signed_in).check()) == ["could not look whether billing is on: PERMISSION_DENIED"]
    signed_in.console.disabled.add("cloudbilling")
    assert list(cloud(signed_in).check()) == [
        "could not look whether billing is on: PERMISSION_DENIED (SERVICE_DISABLED)"
    ]


def test_a_log_bucket_that_is_about_to_go_is_taken_back(signed_in: FakeGoogle) -> None:
    bucket = f"projects/{PROJECT}/locations/europe-west1/buckets/telemetry-test"
    assert list(cloud(signed_in).restore_deleted()) == []
    signed_in.console.log_buckets[bucket] = "DELETE_REQUESTED"
    assert list(cloud(signed_in).restore_deleted()) == [
        f"took back the log bucket {bucket}, which was removed less than a week ago"
    ]
    assert signed_in.console.log_buckets == {bucket: "ACTIVE"}
    assert list(cloud(signed_in).restore_deleted()) == []
    signed_in.console.disabled.add("logging")
    assert list(cloud(signed_in).restore_deleted()) == []


# secrets


class Harness:
    name = "gcp"

    def __init__(self, cloud: Gcp) -> None:
        self.cloud = cloud


def make_secrets(google: FakeGoogle) -> Gcp:
    for name in secrets_setup.NAMES:
        short = f"telemetry-test-{name.replace('/', '-')}"
        from google.cloud import secretmanager

        request = secretmanager.CreateSecretRequest.pb()(
            parent=f"projects/{PROJECT}", secret_id=short, secret={"replication": {"automatic": {}}}
        )
        google.secrets.call("CreateSecret", request)
    return cloud(google)


def test_secrets_cannot_be_set_before_a_deployment(google: FakeGoogle) -> None:
    with pytest.raises(TargetError, match=r"telemetry-test-github-webhook-secret-token .*\(NOT_FOUND\): deploy first"):
        cloud(google).secret(WEBHOOK_SECRET)
    with pytest.raises(TargetError, match="cannot be written: NOT_FOUND"):
        cloud(google).put_secret(WEBHOOK_SECRET, "x")


def test_missing_secrets_are_found_without_reading_a_value(google: FakeGoogle) -> None:
    with pytest.raises(TargetError, match="the secrets cannot be listed: NOT_FOUND"):
        cloud(google).missing_secrets(secrets_setup.NAMES)
    secrets = make_secrets(google)
    assert secrets.missing_secrets(secrets_setup.NAMES) == list(secrets_setup.NAMES)
    secrets.put_secret(SOURCE_TOKEN, "reads")
    assert secrets.missing_secrets(secrets_setup.NAMES) == [WEBHOOK_SECRET, DATA_TOKEN]


def test_terraform_deletes_the_secrets_and_roles_need_no_policy(google: FakeGoogle) -> None:
    assert list(cloud(google).delete_secrets(secrets_setup.ALL_NAMES)) == []
    with pytest.raises(TargetError, match=r"predefined roles: docs/GOOGLE_CLOUD\.md"):
        cloud(google).policies("", "", "/", "x")


def test_secrets_are_set_once_and_a_rotation_keeps_the_old_webhook_secret(google: FakeGoogle) -> None:
    secrets = make_secrets(google)
    assert secrets.secret(WEBHOOK_SECRET) == ""
    values = {SOURCE_TOKEN: "reads", DATA_TOKEN: "writes"}
    first = secrets_setup.put_secrets(secrets, values, lambda _: "", rotate=False)
    assert [log_entry.message for log_entry in first] == ["is set to a new one", "is set", "is set"]
    assert first[1].location == f"projects/{PROJECT}/secrets/telemetry-test-github-access-token-source"
    old = secrets_setup.webhook_secret(Harness(secrets))  # type: ignore[arg-type]
    again = secrets_setup.put_secrets(secrets, values, lambda _: "", rotate=False)
    assert all("stays" in log_entry.message for log_entry in again)
    secrets_setup.put_secrets(secrets, values, lambda _: "", rotate=True)
    new, previous = secrets.secret(WEBHOOK_SECRET).splitlines()
    assert (previous, len(new)) == (old, 64)
    assert secrets.secret(SOURCE_TOKEN) == "reads"


def test_versions_before_the_newest_are_disabled(google: FakeGoogle) -> None:
    secrets = make_secrets(google)
    for value in ("one", "two", "three"):
        secrets.put_secret(WEBHOOK_SECRET, value)
    from google.cloud import secretmanager

    asked = secretmanager.ListSecretVersionsRequest.pb()(parent=secrets.secret_location(WEBHOOK_SECRET))
    states = [version.state for version in google.secrets.call("ListSecretVersions", asked).versions]
    assert states == [1, 2, 2]  # ENABLED, DISABLED: the newest comes first
    assert secrets.secret(WEBHOOK_SECRET) == "three"


def test_a_secret_that_may_not_be_read(google: FakeGoogle) -> None:
    secrets = make_secrets(google)
    google.secrets.down = "PERMISSION_DENIED"
    with pytest.raises(TargetError, match=r"\(PERMISSION_DENIED\): the signed-in identity may not read it"):
        secrets.secret(WEBHOOK_SECRET)


# dead letters


@pytest.fixture
def buried(google: FakeGoogle) -> FakeGoogle:
    for topic, subscription in ((EVENTS, WORK), (LETTERS, DEAD)):
        google.pubsub.add_topic(topic)
        google.pubsub.add_subscription(subscription, topic, ack_deadline_seconds=60)
    return google


def bury(google: FakeGoogle, body: str, **attributes: str) -> None:
    from google.pubsub_v1 import types

    message = {"data": body.encode(), "attributes": attributes}
    google.pubsub.call("Publish", types.PublishRequest.pb()(topic=LETTERS, messages=[message]))


def bodies(google: FakeGoogle, subscription: str) -> list[str]:
    return sorted(message.data.decode() for message in google.pubsub.backlog(subscription))


def test_dead_letters_are_requeued_and_their_reasons_shown(buried: FakeGoogle) -> None:
    for number in range(230):
        bury(buried, f"event {number:03}", reason="no such repository" if number % 2 else "no such pull request")
    bury(buried, "moved by Pub/Sub", CloudPubSubDeadLetterSourceDeliveryCount="100")
    result = cloud(buried).replay(OUTPUTS, dry_run=False)
    assert result == Counter({"no such pull request": 115, "no such repository": 115, "delivered a hundred times": 1})
    assert bodies(buried, WORK) == [*(f"event {number:03}" for number in range(230)), "moved by Pub/Sub"]
    assert bodies(buried, DEAD) == []


def test_a_dry_run_moves_nothing(buried: FakeGoogle) -> None:
    bury(buried, "event", reason="gone")
    for _ in range(2):  # and the second look sees it at once
        assert cloud(buried).replay(OUTPUTS, dry_run=True) == Counter({"gone": 1})
    assert (bodies(buried, WORK), bodies(buried, DEAD)) == ([], ["event"])


def test_a_queue_that_refuses_loses_no_letter(buried: FakeGoogle) -> None:
    bury(buried, "event", reason="gone")
    buried.pubsub.fail("Publish", "PERMISSION_DENIED")
    with pytest.raises(TargetError, match="the dead letters cannot be moved: PERMISSION_DENIED"):
        cloud(buried).replay(OUTPUTS, dry_run=False)
    assert (bodies(buried, WORK), bodies(buried, DEAD)) == ([], ["event"])


# logs


def entry(number: int, service: str = "telemetry-test-webhook", **payload: Any) -> dict[str, Any]:
    return {
        "insertId": f"id{number}",
        "timestamp": f"2026-11-24T10:00:{number % 60:02}.123456789Z",
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": service}},
        **payload,
    }


def test_log_lines_are_shown_as_written(signed_in: FakeGoogle) -> None:
    fields = {"step": "accept", "outcome": "accepted"}
    signed_in.console.entries = [
        entry(1, severity="INFO", jsonPayload=fields),
        entry(2, httpRequest={"status": 202}),
        entry(3, "telemetry-test-worker", textPayload="another function's"),
        entry(4, textPayload="Traceback\n"),
        *(entry(5, textPayload=f"line {number}") for number in range(1500)),
    ]
    lines = list(cloud(signed_in).log_lines("telemetry-test-webhook", 1795514400000))
    assert lines[0] == ("id1", 1795514401123, '{"severity":"INFO","step":"accept","outcome":"accepted"}')
    assert [line.text for line in lines[1:3]] == ["Traceback", "line 0"]
    assert len(lines) == 1502


def test_a_log_that_may_not_be_read(signed_in: FakeGoogle) -> None:
    signed_in.console.denied.add("logging")
    with pytest.raises(TargetError, match="the log of x cannot be read: PERMISSION_DENIED"):
        list(cloud(signed_in).log_lines("x", 0))


# the bucket of the state, and the deployment's own


def test_the_state_bucket_is_created_private_and_versioned_or_fixed(
    google: FakeGoogle, gcs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs)
    gcp = cloud(google)
    assert gcp.make_state_bucket("state-of-telemetry") == "was created"
    bucket = storage.Client(project=PROJECT).get_bucket("state-of-telemetry")
    assert bucket.versioning_enabled
    assert gcp.make_state_bucket("state-of-telemetry") == "existed already and now has the right settings"


def test_the_deployment_s_bucket_is_a_store(google: FakeGoogle, gcs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs)
    storage.Client(project=PROJECT).create_bucket("records-of-telemetry")
    store = cloud(google).store("records-of-telemetry")
    store.write({"a/b.json": b"{}"}, "why")
    assert store.read("a/b.json") == b"{}"
