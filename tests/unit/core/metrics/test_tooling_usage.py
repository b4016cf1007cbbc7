from typing import Any

import pytest

from core.errors import MalformedPayload, PermanentError, TransientReadError, Unavailable
from core.metrics.tooling_usage import METRIC
from tests.builders import NOW, webhook
from tests.unit.core.metrics.fakes import FakeGitHub, output, recorded, wants

FILE = ("octo-org", "hello-world", "deven-skeleton-install.config.json", None)
FOLDER = "octo-org/hello-world/tooling-usage"


def holding(content: bytes | Exception | None) -> FakeGitHub:
    return FakeGitHub(files={FILE: content})


def config(content: bytes | None) -> Any:
    return output(METRIC, webhook("tooling_usage"), holding(content))["documentation_skeleton_config"]


def test_a_repository_is_recorded_to_the_field() -> None:
    github = holding(b'{"version": "2.0.1", "dirs": ["docs"]}')

    record = recorded(METRIC, webhook("tooling_usage"), github, collected_by="schedule")

    assert record.event.output == {
        "documentation_skeleton_config": {"exists": True, "parsable": True, "version": "2.0.1"}
    }
    assert list(record.event.output["documentation_skeleton_config"]) == ["exists", "parsable", "version"]
    assert (record.event.owner, record.event.repo) == ("octo-org", "hello-world")
    assert (record.event.repository_id, record.event.github_host) == (None, "github.com")
    assert (record.event.trigger_event_signature, record.event.metric_signature) == (METRIC.trigger, METRIC.name)
    assert (record.event.status, record.event.anomalies, record.event.collected_by) == ("success", [], "schedule")
    assert github.asked == [FILE]


@pytest.mark.parametrize("extra", [{}, {"action": "deleted"}, {"day": "2026-11-20"}])
def test_it_always_applies(extra: dict[str, str]) -> None:
    assert wants(METRIC, webhook("tooling_usage", **extra))


def test_the_day_of_the_payload_is_the_key() -> None:
    record = recorded(METRIC, webhook("tooling_usage", day="2026-11-20"), holding(None))

    assert record.path == f"{FOLDER}/2026-11-20/2026-11-20.json"
    assert record.event.id == f"{FOLDER}/2026-11-20"


@pytest.mark.parametrize("day", [None, ...])
@pytest.mark.parametrize(
    ("received_at", "expected"),
    [(NOW, "2026-11-24"), (1795564799999, "2026-11-24"), (1795564800000, "2026-11-25")],
)
def test_without_one_the_utc_day_of_receipt_is_the_key(received_at: int, expected: str, day: Any) -> None:
    record = recorded(METRIC, webhook("tooling_usage", day=day), holding(None), received_at=received_at)

    assert (record.path, record.event.id) == (f"{FOLDER}/{expected}/{expected}.json", f"{FOLDER}/{expected}")


@pytest.mark.parametrize(
    "day",
    [
        "",
        "today",
        "2026-11-20T00:00:00Z",
        "2026-13-01",
        "2026-00-10",
        "2026-11-00",
        "2026-11-32",
        "26-11-20",
        "20261120",
        "2026-11-2",
        "2026-11-20\n",
        "../../../x",
        "\uff12\uff10\uff12\uff16-11-20",
        20261120,
        [],
        {},
        True,
    ],
)
def test_a_day_of_another_form_is_malformed_before_github_is_asked(day: Any) -> None:
    github = FakeGitHub()

    with pytest.raises(MalformedPayload, match=r"^day: expected"):
        recorded(METRIC, webhook("tooling_usage", day=day), github)
    assert github.asked == []


@pytest.mark.parametrize("day", ["2026-02-29", "2026-02-30", "2026-11-31", "0000-01-01"])
def test_a_day_that_the_calendar_does_not_have_is_malformed(day: str) -> None:
    with pytest.raises(MalformedPayload, match=r"^day: expected"):
        recorded(METRIC, webhook("tooling_usage", day=day), holding(None))


def test_a_leap_day_is_a_day() -> None:
    record = recorded(METRIC, webhook("tooling_usage", day="2028-02-29"), holding(None))

    assert record.path == f"{FOLDER}/2028-02-29/2028-02-29.json"


def test_a_file_that_is_missing_or_a_directory_does_not_exist() -> None:
    assert config(None) == {"exists": False, "parsable": None, "version": None}


@pytest.mark.parametrize("content", [b"", b"[]", b'"2.0.1"', b"null", b"{", b'{"version": "\xe9"}'])
def test_a_file_that_is_no_json_object_is_not_parsable(content: bytes) -> None:
    assert config(content) == {"exists": True, "parsable": False, "version": None}


def test_a_file_with_a_byte_order_mark_is_parsable() -> None:
    assert config(b'\xef\xbb\xbf{"version": "2.0.1"}') == {"exists": True, "parsable": True, "version": "2.0.1"}


@pytest.mark.parametrize("content", [b"{}", b'{"version": 2}', b'{"version": null}', b'{"version": ["2.0.1"]}'])
def test_a_version_that_is_no_string_is_null(content: bytes) -> None:
    assert config(content) == {"exists": True, "parsable": True, "version": None}


@pytest.mark.parametrize("failed_reads", [0, 3])
def test_a_read_that_fails_is_tried_again_before_the_last_try(failed_reads: int) -> None:
    with pytest.raises(TransientReadError, match="502"):
        recorded(METRIC, webhook("tooling_usage"), holding(TransientReadError("502")), failed_reads=failed_reads)


def test_on_the_last_try_a_failed_read_is_stored_with_null() -> None:
    record = recorded(METRIC, webhook("tooling_usage"), holding(TransientReadError("502")), failed_reads=4)

    assert record.event.output == {"documentation_skeleton_config": None}
    assert (record.event.status, record.path) == ("networkError", f"{FOLDER}/2026-11-24/2026-11-24.partial.json")


@pytest.mark.parametrize("error", [Unavailable("our token"), PermanentError("422")])
def test_only_a_passing_failure_ever_becomes_a_network_error(error: Exception) -> None:
    with pytest.raises(type(error)):
        recorded(METRIC, webhook("tooling_usage"), holding(error), failed_reads=9)


@pytest.mark.parametrize("name", ["..", ".git", "a/b", "", "%2e%2e"])
def test_a_repository_name_outside_githubs_alphabet_is_malformed(name: str) -> None:
    with pytest.raises(MalformedPayload, match=r"^repo: not a valid name of a GitHub repository"):
        recorded(METRIC, webhook("tooling_usage", repo=name))
