import random
from typing import Any

import pytest

from core.collect_metrics import FIRST_READS, YOUNG_FOR
from core.errors import (
    MalformedPayload,
    NotAvailable,
    NotFound,
    PermanentError,
    RefNotFound,
    TransientReadError,
    Unavailable,
)
from core.metric import MOST_REQUESTS
from core.metrics.deployment import METRIC
from tests.builders import NOW, webhook
from tests.unit.core.metrics.fakes import FakeGitHub, output, recorded, wants

PATH = "/repos/octo-org/hello-world/deployments"
SHA = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
FILE = ("octo-org", "hello-world", "package.json", SHA)
FOLDER = "octo-org/hello-world/deployment"
ID, CREATED = 145988746, 1795176000000
THIS = {"id": ID, "created_at": "2026-11-20T12:00:00Z", "environment": "production"}
INITIAL = {"is_initial_deployment": True, "time_since_last_deploy": None}
NO_FILE = {"exists": False, "parsable": None, "version": None}
UNPARSABLE = {"exists": True, "parsable": False, "version": None}
MINUTE = 60_000
FACTS = {
    "task": "deploy",
    "production_environment": True,
    "transient_environment": False,
    "creator_kind": "person",
    "workflow_run": {
        "id": 940463255,
        "name": "Deploy",
        "path": ".github/workflows/deploy.yml",
        "event": "push",
        "head_branch": "main",
        "run_attempt": 2,
    },
}


def listed(id: int, created_at: str | None) -> dict[str, Any]:
    return {"id": id, "created_at": created_at, "environment": "production"}


def deployments(*items: Any, package: bytes | Exception | None = None) -> FakeGitHub:
    return FakeGitHub({PATH: list(items)}, {FILE: package})


def since(*items: Any) -> Any:
    return output(METRIC, webhook("deployment"), deployments(*items))["environment_deployments"]


def package_json(content: bytes | None) -> Any:
    return output(METRIC, webhook("deployment"), deployments(THIS, package=content))["package_json"]


def test_a_deployment_is_recorded_to_the_field() -> None:
    github = deployments(THIS, listed(145988745, "2026-11-20T11:00:00Z"), package=b'{"version": "4.5.6"}')

    record = recorded(METRIC, webhook("deployment"), github)

    expected = {
        "env": "production",
        "deploy_time": CREATED,
        "duration": 3000,
        "environment_deployments": {"is_initial_deployment": False, "time_since_last_deploy": 60 * MINUTE},
        "package_json": {"exists": True, "parsable": True, "version": "4.5.6"},
        "id": ID,
        "sha": SHA,
        "ref": "main",
        **FACTS,
    }
    assert record.event.output == expected
    assert list(record.event.output) == list(expected)
    assert record.path == f"{FOLDER}/2026-11-20/{ID}.json"
    assert record.event.id == f"{FOLDER}/{ID}"
    assert (record.event.status, record.event.anomalies) == ("success", [])


@pytest.mark.parametrize(
    ("creator", "kind"),
    [
        ({"login": "dependabot[bot]", "type": "Bot"}, "bot"),
        ({"login": "copilot-swe-agent[bot]", "type": "Bot"}, "agent"),
        ({"login": "octocat", "type": "User"}, "person"),
        ({"login": "ghost", "type": "User"}, "unknown"),
        (None, "unknown"),
        (..., "unknown"),
    ],
)
def test_its_creator_is_only_a_kind(creator: Any, kind: str) -> None:
    record = recorded(METRIC, webhook("deployment", deployment__creator=creator), deployments())

    assert record.event.output["creator_kind"] == kind
    assert "octocat" not in str(record.event)


@pytest.mark.parametrize("value", [None, ...])
def test_what_an_older_payload_does_not_say_is_null(value: Any) -> None:
    names = ("task", "production_environment", "transient_environment")
    older = {f"deployment__{name}": value for name in names} | {"workflow_run": value, "workflow": value}

    result = output(METRIC, webhook("deployment", **older), deployments())

    assert {name: result[name] for name in (*names, "workflow_run")} == dict.fromkeys((*names, "workflow_run"))


def test_reads_are_limited_to_the_environment_and_the_deployed_commit() -> None:
    github = FakeGitHub({PATH: []}, {("octo-org", "hello-world", "package.json", "abc"): None})

    recorded(METRIC, webhook("deployment", deployment__environment="pr 7/übung", deployment__sha="abc"), github)

    assert github.asked == [
        (PATH, {"environment": "pr 7/übung"}),
        ("octo-org", "hello-world", "package.json", "abc"),
    ]


@pytest.mark.parametrize("action", ["deleted", "Created", None, ...])
def test_a_deployment_that_is_not_created_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("deployment", action=action))


def test_the_first_deployment_to_an_environment_is_the_initial_one() -> None:
    assert since(THIS) == INITIAL


def test_a_deployment_that_github_does_not_list_yet_can_be_the_initial_one() -> None:
    assert since() == INITIAL


def test_newer_deployments_are_not_previous_ones() -> None:
    assert since(listed(145988900, "2026-11-20T12:00:01Z"), listed(1, "2026-11-20T12:00:01Z"), THIS) == INITIAL


@pytest.mark.parametrize("seed", range(5))
def test_the_previous_deployment_is_the_newest_older_one_in_any_order(seed: int) -> None:
    items = [
        listed(145988900, "2026-11-20T12:30:00Z"),
        THIS,
        listed(145988700, "2026-11-20T11:50:00Z"),
        listed(145988701, "2026-11-20T11:40:00Z"),
        listed(145988745, "2020-01-01T00:00:00Z"),
    ]
    random.Random(seed).shuffle(items)

    assert since(*items) == {"is_initial_deployment": False, "time_since_last_deploy": 10 * MINUTE}


@pytest.mark.parametrize("position", [0, 1, 99, 100, 250, 399])
def test_the_previous_deployment_is_found_behind_newer_ones(position: int) -> None:
    newer = [listed(ID + position - n, "2026-11-20T12:00:01Z") for n in range(position)]
    github = deployments(*newer, listed(145988745, "2026-11-20T11:59:00Z"), listed(145900000, "2026-11-01T00:00:00Z"))

    found = output(METRIC, webhook("deployment"), github)["environment_deployments"]

    assert found == {"is_initial_deployment": False, "time_since_last_deploy": MINUTE}
    assert len(github.asked) == position // 100 + 2


def test_only_the_first_page_of_a_long_list_is_read() -> None:
    older = [listed(1000 - n, "2026-11-20T11:59:00Z") for n in range(99)]
    github = deployments(THIS, *older, TransientReadError("never reached"))

    found = output(METRIC, webhook("deployment"), github)["environment_deployments"]

    assert found == {"is_initial_deployment": False, "time_since_last_deploy": MINUTE}


def test_behind_too_many_newer_deployments_nothing_is_claimed() -> None:
    newer = [listed(ID + 500 - n, "2026-11-20T12:00:01Z") for n in range(500)]
    github = deployments(*newer, listed(1, "2026-11-20T11:59:00Z"))

    record = recorded(METRIC, webhook("deployment"), github)

    assert (record.event.output["environment_deployments"], record.event.anomalies) == (None, ["previous_not_found"])
    assert len(github.asked) == MOST_REQUESTS - 1


LATER = {"failed_reads": FIRST_READS, "received_at": NOW - YOUNG_FOR}


@pytest.mark.parametrize(
    ("error", "package", "anomalies"), [(RefNotFound("404"), None, ["ref_not_found"]), (NotFound("404"), NO_FILE, [])]
)
def test_a_lasting_404_of_package_json_keeps_the_deployment(
    error: Exception, package: Any, anomalies: list[str]
) -> None:
    record = recorded(METRIC, webhook("deployment"), deployments(THIS, package=error), **LATER)

    assert (record.event.output["package_json"], record.event.output["environment_deployments"]) == (package, INITIAL)
    assert (record.event.status, record.event.anomalies) == ("success", anomalies)


def test_a_lasting_404_of_the_deployments_is_final() -> None:
    with pytest.raises(NotFound):
        recorded(METRIC, webhook("deployment"), deployments(NotFound("404")), **LATER)


@pytest.mark.parametrize("failed", ["deployments", "package.json"])
def test_a_404_of_a_young_event_is_a_failed_read(failed: str) -> None:
    github = deployments(NotFound("404")) if failed == "deployments" else deployments(THIS, package=NotFound("404"))

    with pytest.raises(TransientReadError, match="404"):
        recorded(METRIC, webhook("deployment"), github)


def test_of_the_same_second_the_lower_id_is_the_previous_one() -> None:
    items = (listed(ID - 1, "2026-11-20T12:00:00Z"), listed(ID - 2, "2026-11-20T11:00:00Z"), THIS)

    assert since(*items) == {"is_initial_deployment": False, "time_since_last_deploy": 0}


def test_of_the_same_second_the_higher_id_is_not_a_previous_one() -> None:
    items = (listed(ID + 1, "2026-11-20T12:00:00Z"), THIS, listed(ID - 2, "2026-11-20T11:00:00Z"))

    assert since(*items) == {"is_initial_deployment": False, "time_since_last_deploy": 60 * MINUTE}


def test_ids_that_order_deployments_are_compared_as_numbers() -> None:
    assert since(listed(99, "2026-11-20T12:00:00Z"), THIS) == {
        "is_initial_deployment": False,
        "time_since_last_deploy": 0,
    }


def test_times_of_other_offsets_are_compared_as_times() -> None:
    assert since(listed(1, "2026-11-20T13:59:59.5+02:00"), THIS) == {
        "is_initial_deployment": False,
        "time_since_last_deploy": 500,
    }


def test_a_listed_deployment_without_a_time_is_passed_over() -> None:
    assert since(listed(1, None), listed(2, "2026-11-20T11:00:00Z")) == {
        "is_initial_deployment": False,
        "time_since_last_deploy": 60 * MINUTE,
    }


def test_without_created_at_nothing_is_older_and_nothing_is_claimed() -> None:
    github = deployments(listed(1, "2026-11-20T11:00:00Z"))

    record = recorded(METRIC, webhook("deployment", deployment__created_at=None), github)

    assert record.path == f"{FOLDER}/undated/{ID}.json"
    assert record.event.anomalies == ["missing_time"]
    assert record.event.output == {
        "env": "production",
        "deploy_time": None,
        "duration": None,
        "environment_deployments": None,
        "package_json": NO_FILE,
        "id": ID,
        "sha": SHA,
        "ref": "main",
        **FACTS,
    }


def test_an_update_before_the_creation_leaves_the_duration_null() -> None:
    payload = webhook("deployment", deployment__updated_at="2026-11-20T11:59:59Z")

    record = recorded(METRIC, payload, deployments(THIS))

    assert (record.event.output["duration"], record.event.anomalies) == (None, ["negative_duration"])


def test_a_package_json_that_is_missing_or_a_directory_does_not_exist() -> None:
    assert package_json(None) == NO_FILE


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'"1.2.3"',
        b"12",
        b"null",
        b"true",
        b"",
        b"{",
        b"{'version': 1}",
        b'{"version": NaN}',
        b'{"version": "1.2.3"} trailing',
        b'{"version": "1.\xff"}',
        '{"version": "1.2.3"}'.encode("utf-16"),
        b"[" * 100_000,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_package_json_that_is_no_json_object_is_not_parsable(content: bytes) -> None:
    assert package_json(content) == UNPARSABLE


def test_a_package_json_with_a_byte_order_mark_is_parsable() -> None:
    assert package_json(b'\xef\xbb\xbf{"version": "1.2.3"}') == {"exists": True, "parsable": True, "version": "1.2.3"}


def test_a_package_json_of_more_than_a_megabyte_is_parsable() -> None:
    content = b'{"x": "' + b"x" * 1_100_000 + b'", "version": "1.2.3"}'

    assert package_json(content) == {"exists": True, "parsable": True, "version": "1.2.3"}


@pytest.mark.parametrize("version", [b"1", b"1.5", b"null", b"[]", b'{"a": 1}', b"true"])
def test_a_version_that_is_no_string_is_null(version: bytes) -> None:
    assert package_json(b'{"version": ' + version + b"}") == {"exists": True, "parsable": True, "version": None}


def test_a_package_json_without_a_version_is_parsable() -> None:
    assert package_json(b"{}") == {"exists": True, "parsable": True, "version": None}


def test_a_version_need_not_be_semantic_nor_ascii() -> None:
    assert package_json('{"version": "später ✓"}'.encode())["version"] == "später ✓"


@pytest.mark.parametrize("failed_reads", [0, 3])
@pytest.mark.parametrize(
    "github",
    [deployments(TransientReadError("502"), package=b"{}"), deployments(THIS, package=TransientReadError("502"))],
    ids=["deployments", "package.json"],
)
def test_a_read_that_fails_is_tried_again_before_the_last_try(github: FakeGitHub, failed_reads: int) -> None:
    with pytest.raises(TransientReadError, match="502"):
        recorded(METRIC, webhook("deployment"), github, failed_reads=failed_reads)


def test_on_the_last_attempt_unread_deployments_keep_package_json() -> None:
    github = deployments(THIS, TransientReadError("page 2"), package=b'{"version": "4.5.6"}')

    record = recorded(METRIC, webhook("deployment"), github, failed_reads=4)

    assert record.event.output["environment_deployments"] is None
    assert record.event.output["package_json"] == {"exists": True, "parsable": True, "version": "4.5.6"}
    assert (record.event.status, record.path) == ("networkError", f"{FOLDER}/2026-11-20/{ID}.partial.json")


def test_on_the_last_attempt_an_unread_package_json_keeps_deployments() -> None:
    github = deployments(listed(1, "2026-11-20T11:59:00Z"), package=TransientReadError("502"))

    record = recorded(METRIC, webhook("deployment"), github, failed_reads=4)

    assert record.event.output["environment_deployments"] == {
        "is_initial_deployment": False,
        "time_since_last_deploy": MINUTE,
    }
    assert record.event.output["package_json"] is None
    assert (record.event.status, record.path) == ("networkError", f"{FOLDER}/2026-11-20/{ID}.partial.json")


def test_on_the_last_try_both_may_be_unread() -> None:
    github = deployments(TransientReadError("502"), package=TransientReadError("502"))

    record = recorded(METRIC, webhook("deployment"), github, failed_reads=4)

    assert record.event.output == {
        "env": "production",
        "deploy_time": CREATED,
        "duration": 3000,
        "environment_deployments": None,
        "package_json": None,
        "id": ID,
        "sha": SHA,
        "ref": "main",
        **FACTS,
    }
    assert (record.event.status, record.event.id) == ("networkError", f"{FOLDER}/{ID}")


def test_a_list_or_a_file_that_github_cannot_send_costs_only_that_value() -> None:
    refused = NotAvailable("GET: 422")

    listing = recorded(METRIC, webhook("deployment"), deployments(refused, package=b"{}")).event
    package = recorded(METRIC, webhook("deployment"), deployments(THIS, package=refused)).event

    assert (listing.output["environment_deployments"], listing.status) == (None, "success")
    assert (listing.output["package_json"]["exists"], listing.anomalies) == (True, ["previous_not_found"])
    assert (package.output["package_json"], package.status) == (None, "success")
    assert (package.output["environment_deployments"] is None, package.anomalies) == (False, ["file_not_available"])


@pytest.mark.parametrize("error", [Unavailable("our token"), PermanentError("400")])
def test_only_a_passing_failure_ever_becomes_a_network_error(error: Exception) -> None:
    with pytest.raises(type(error)):
        recorded(METRIC, webhook("deployment"), deployments(THIS, package=error), failed_reads=9)


def test_an_id_beyond_2_to_the_53_stays_exact_and_orders_exactly() -> None:
    payload = webhook("deployment", deployment__id=2**53 + 1)
    github = deployments(listed(2**53, "2026-11-20T12:00:00Z"), listed(2**53 + 2, "2026-11-20T12:00:00Z"))

    record = recorded(METRIC, payload, github)

    assert (record.event.output["id"], record.event.id) == (9007199254740993, f"{FOLDER}/9007199254740993")
    assert record.event.output["environment_deployments"] == {
        "is_initial_deployment": False,
        "time_since_last_deploy": 0,
    }


@pytest.mark.parametrize("environment", [None, 7, [], ...])
def test_a_deployment_without_an_environment_is_malformed(environment: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^deployment\.environment: expected a string"):
        recorded(METRIC, webhook("deployment", deployment__environment=environment), deployments())


def test_a_version_that_is_too_long_to_be_one_is_an_anomaly() -> None:
    github = deployments(THIS, package=b'{"version": "' + b"1" * 257 + b'"}')
    record = recorded(METRIC, webhook("deployment"), github).event
    assert record.output["package_json"] == {"exists": True, "parsable": True, "version": None}
    assert record.anomalies == ["version_too_long"]
