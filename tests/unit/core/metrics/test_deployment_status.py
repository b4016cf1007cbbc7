import hashlib
import random
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.collect_metrics import FIRST_READS, YOUNG_FOR
from core.errors import (
    AccessBlocked,
    MalformedPayload,
    MissingPermission,
    NotAvailable,
    NotFound,
    PermanentError,
    TransientReadError,
    Unavailable,
)
from core.metric import MOST_REQUESTS
from core.metrics._comparison import PAGES_AT_MOST, PER_PAGE
from core.metrics.deployment_status import METRIC
from core.payload import Json
from tests.builders import NOW, webhook
from tests.unit.core.metrics.fakes import FakeGitHub, output, recorded, wants

PATH = "/repos/octo-org/hello-world/deployments"
ID, STATUS = 145988746, 245123457
SHA, BEFORE = "ec26c3e57ca3a959ca5aad62de7213c562f8c821", "a10867b14bb761a232cd80139fbd4c0d33264240"
CREATED, ENDED = 1795176000000, 1795176240000
FOLDER = "octo-org/hello-world/deployment-status"
HOUR = 3_600_000
EARLIER = {"id": 145988700, "sha": BEFORE, "created_at": CREATED - HOUR}
OUTPUT = {
    "id": STATUS,
    "deployment_id": ID,
    "env": "production",
    "sha": SHA,
    "ref": "main",
    "state": "success",
    "created_at": ENDED,
    "updated_at": ENDED,
    "deployment_created_at": CREATED,
    "previous": None,
    "changes": None,
    "is_rollback": None,
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
    "check_run": {"id": 2832853777, "name": "deploy to production"},
    "in_progress_at": None,
    "comparison_status": None,
}
NOTHING = {"commits": [], "truncated": False}
UNTOLD = {"reverts": None, "pr_number": None, "parents": None}
NO_FACTS = {
    "author_kind": "unknown",
    "assistants": [],
    "fingerprint": None,
    "title_kind": "other",
    "revert_depth": 0,
    "reverts_number": None,
    "number_kind": None,
}


def hashed(line: str, at: int = 1795168800000) -> str:
    return hashlib.sha256(f"{at}\n{line}".encode()).hexdigest()[:16]


UNKNOWN = {"previous": None, "changes": None, "is_rollback": None}


def listed(id: int, created_at: str | None = "2026-11-20T11:00:00Z", sha: str | None = BEFORE) -> Json:
    return {"id": id, "sha": sha, "created_at": created_at, "environment": "production"}


def status(state: str, created_at: str | None = "2026-11-20T11:04:00Z") -> Json:
    return {"id": 1, "state": state, "created_at": created_at}


def commit(number: int, message: str = "Change things") -> Json:
    person = {"name": "Mona", "email": "mona@octo.example", "date": "2026-11-20T10:00:00Z"}
    fields = {"author": person, "committer": {**person, "date": "2026-11-20T10:30:00Z"}, "message": message}
    return {"sha": f"{number:040x}", "commit": fields}


def compared(
    commits: Sequence[Json] = (), status: str = "ahead", *, total: int | None = None, of: str = f"{BEFORE}...{SHA}"
) -> dict[str, Json]:
    """GitHub's pages of a comparison, by path; those beyond the last are empty."""
    body = {"status": status, "total_commits": len(commits) if total is None else total}
    pages = range(1, max(1, -(-len(commits) // PER_PAGE)) + 2)
    return {
        f"/repos/octo-org/hello-world/compare/{of}?per_page={PER_PAGE}&page={page}": {
            **body,
            "commits": list(commits[(page - 1) * PER_PAGE : page * PER_PAGE]),
        }
        for page in pages
    }


def github(
    deployments: Any, statuses: dict[int, Any] | None = None, objects: dict[str, Any] | None = None
) -> FakeGitHub:
    """Deployments of the environment, the statuses of each by its id, and comparisons."""
    lists = {f"{PATH}/{id}/statuses": body for id, body in (statuses or {}).items()}
    return FakeGitHub({PATH: deployments, **lists}, objects=objects)


def since_earlier(objects: dict[str, Any], **changes: Any) -> Json:
    """What is recorded of a success after the EARLIER one."""
    reader = github([listed(EARLIER["id"])], {EARLIER["id"]: [status("success")]}, objects)  # type: ignore[dict-item, arg-type]
    return output(METRIC, webhook("deployment_status", **changes), reader)


def previous(deployments: Sequence[Json], statuses: dict[int, Any]) -> Any:
    """The id of the previous deployment that is found."""
    result = output(METRIC, webhook("deployment_status"), github(list(deployments), statuses, compared()))["previous"]
    return result and result["id"]


def test_a_success_is_recorded_to_the_field_with_what_it_brought() -> None:
    reader = github(
        [listed(ID, "2026-11-20T12:00:00Z", SHA), listed(145988700)],
        {145988700: [status("inactive", "2026-11-20T12:04:01Z"), status("success")]},
        compared([commit(1), commit(2, 'Revert "Greet everybody"')]),
    )

    record = recorded(METRIC, webhook("deployment_status"), reader)

    times = {"authored_at": 1795168800000, "committed_at": 1795170600000}
    facts = [
        NO_FACTS | {"fingerprint": hashed("Change things")},
        NO_FACTS | {"title_kind": "revert", "revert_depth": 1},
    ]
    facts[1]["fingerprint"] = hashed('Revert "Greet everybody"')
    expected = OUTPUT | {
        "previous": EARLIER,
        "changes": {
            "commits": [
                {"sha": f"{1:040x}", **times, "is_revert": False, **UNTOLD, **facts[0]},
                {"sha": f"{2:040x}", **times, "is_revert": True, **UNTOLD, **facts[1]},
            ],
            "truncated": False,
        },
        "is_rollback": False,
        "comparison_status": "ahead",
    }
    assert record.event.output == expected
    assert list(record.event.output) == list(expected)
    assert list(record.event.output["changes"]["commits"][0]) == ["sha", *times, "is_revert", *UNTOLD, *NO_FACTS]
    assert record.path == f"{FOLDER}/2026-11-20/{ID}-{STATUS}.json"
    assert record.event.id == f"{FOLDER}/{ID}-{STATUS}"
    assert (record.event.status, record.event.anomalies) == ("success", [])
    assert reader.asked == [
        (PATH, {"environment": "production"}),
        (f"{PATH}/145988700/statuses", {}),
        f"/repos/octo-org/hello-world/compare/{BEFORE}...{SHA}?per_page=100&page=1",
    ]


@pytest.mark.parametrize("state", ["failure", "error"])
def test_a_failure_is_recorded_without_asking_github(state: str) -> None:
    record = recorded(METRIC, webhook("deployment_status", deployment_status__state=state))

    assert record.event.output == OUTPUT | {"state": state}
    assert (record.event.status, record.event.anomalies) == ("success", [])


def test_a_failure_and_a_later_success_of_one_deployment_are_two_facts() -> None:
    names = ("deployment_status_failure", "deployment_status")
    records = [recorded(METRIC, webhook(name), github([], {ID: []})) for name in names]

    assert [record.event.id for record in records] == [f"{FOLDER}/{ID}-245123456", f"{FOLDER}/{ID}-{STATUS}"]


@pytest.mark.parametrize("state", ["pending", "queued", "in_progress", "inactive", "waiting", "Success", "", None, ...])
def test_a_state_that_is_no_end_is_ignored(state: Any) -> None:
    assert not wants(METRIC, webhook("deployment_status", deployment_status__state=state))


@pytest.mark.parametrize("action", ["deleted", "Created", None, ...])
def test_a_status_that_is_not_created_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("deployment_status", action=action))


# the previous one


def test_the_first_deployment_has_no_previous_no_changes_and_no_rollback() -> None:
    record = recorded(METRIC, webhook("deployment_status"), github([listed(ID, "2026-11-20T12:00:00Z", SHA)]))

    assert record.event.output == OUTPUT | {"is_rollback": False}
    assert (record.event.status, record.event.anomalies) == ("success", [])


def test_the_first_success_after_failures_is_the_first() -> None:
    failed = {1: [status("failure")], 2: [status("error"), status("in_progress")], 3: []}

    result = output(METRIC, webhook("deployment_status"), github([listed(id) for id in failed], failed))

    assert result == OUTPUT | {"is_rollback": False}


def test_failed_deployments_between_are_passed_over() -> None:
    deployments = [listed(5, "2026-11-20T11:50:00Z"), listed(4, "2026-11-20T11:40:00Z"), listed(3)]

    assert previous(deployments, {5: [status("failure")], 4: [status("error")], 3: [status("success")]}) == 3


@pytest.mark.parametrize("seed", range(5))
def test_the_previous_one_is_the_newest_older_success_in_any_order(seed: int) -> None:
    items = [
        listed(145988900, "2026-11-20T12:30:00Z"),
        listed(ID, "2026-11-20T12:00:00Z", SHA),
        listed(145988745, "2020-01-01T00:00:00Z"),
        listed(145988701, "2026-11-20T11:40:00Z"),
        listed(145988700, "2026-11-20T11:50:00Z"),
    ]
    random.Random(seed).shuffle(items)

    assert previous(items, {145988700: [status("success")]}) == 145988700


def newer(number: int) -> list[Json]:
    """Deployments that were created after the one of the event, the newest first, as GitHub lists them."""
    return [listed(ID + number - n, "2026-11-20T12:00:01Z") for n in range(number)]


@pytest.mark.parametrize("position", [0, 1, 99, 100, 250, 399])
def test_the_previous_one_is_found_behind_newer_deployments(position: int) -> None:
    items = [*newer(position), listed(7), listed(6)]
    reader = github(items, {7: [status("success")], 6: [status("success")]}, compared())

    assert output(METRIC, webhook("deployment_status"), reader)["previous"]["id"] == 7
    assert len(reader.asked) == position // 100 + 3 <= MOST_REQUESTS


def test_reading_stops_at_the_first_page_with_the_previous_one() -> None:
    items = [listed(ID, "2026-11-20T12:00:00Z", SHA), *(listed(1000 - n) for n in range(99)), TransientReadError("no")]
    reader = github(items, {1000: [status("success")]}, compared())

    assert output(METRIC, webhook("deployment_status"), reader)["previous"]["id"] == 1000
    assert len(reader.asked) == 3


def test_behind_too_many_newer_deployments_nothing_is_claimed() -> None:
    reader = github([*newer(500), listed(7)], {7: [status("success")]})

    record = recorded(METRIC, webhook("deployment_status"), reader)

    assert record.event.output == OUTPUT
    assert (record.event.status, record.event.anomalies) == ("success", ["previous_not_found"])
    assert len(reader.asked) == MOST_REQUESTS - 1


def test_a_backfill_looks_behind_many_newer_deployments() -> None:
    reader = github([*newer(3000), listed(7)], {7: [status("success")]}, compared())

    record = recorded(METRIC, webhook("deployment_status"), reader, collected_by="backfill")

    assert record.event.output["previous"]["id"] == 7


def test_a_page_that_is_not_in_order_has_no_previous_one() -> None:
    items = [listed(n, f"2026-11-{1 + n * 7 % 19:02}T00:00:00Z") for n in range(1, 102)]
    reader = github(items, {n: [status("success")] for n in range(1, 102)})

    record = recorded(METRIC, webhook("deployment_status"), reader)

    assert (record.event.output, record.event.anomalies) == (OUTPUT, ["previous_not_found"])


def test_of_the_same_second_the_lower_id_is_older_as_a_number() -> None:
    at = "2026-11-20T12:00:00Z"
    items = [listed(99, at), listed(ID + 1, at), listed(ID, at, SHA), listed(ID - 1, at)]

    assert previous(items, {ID - 1: [status("failure")], 99: [status("success")]}) == 99


def test_a_listed_deployment_without_a_time_is_passed_over() -> None:
    assert previous([listed(9, None), listed(8)], {8: [status("success")]}) == 8


def test_reading_statuses_stops_at_the_page_with_a_success() -> None:
    statuses = [
        *([status("inactive")] * 120),
        status("success"),
        *([status("inactive")] * 79),
        TransientReadError("no"),
    ]

    assert previous([listed(8)], {8: statuses}) == 8


def test_what_succeeds_later_changes_nothing_for_who_asks_later() -> None:
    late = status("success", "2026-11-20T12:04:00.001Z")
    deployments = [listed(8, "2026-11-20T11:59:00Z"), listed(7)]

    assert previous(deployments, {8: [late], 7: [status("success")]}) == 7
    assert previous(deployments, {8: [late, status("success", "2026-11-20T12:04:00Z")]}) == 8


def test_a_success_without_a_time_counts() -> None:
    assert previous([listed(8)], {8: [status("success", None)]}) == 8


def test_a_status_without_a_time_is_undated_and_takes_any_earlier_success() -> None:
    reader = github([listed(8)], {8: [status("success", "2026-11-21T00:00:00Z")]}, compared())

    record = recorded(METRIC, webhook("deployment_status", deployment_status__created_at=None), reader)

    assert record.path == f"{FOLDER}/undated/{ID}-{STATUS}.json"
    assert record.event.output["previous"] == EARLIER | {"id": 8}


LOOKED_AT = MOST_REQUESTS - 2
"""Older deployments whose statuses are read: a request is for the list, and one for the comparison."""


def failures(number: int) -> FakeGitHub:
    items = [listed(id) for id in range(1, number + 1)]
    return github(items, {id: [status("failure")] for id in range(1, number + 1)})


def test_as_many_failures_as_are_looked_at_are_all_there_is() -> None:
    assert output(METRIC, webhook("deployment_status"), failures(LOOKED_AT)) == OUTPUT | {"is_rollback": False}


def test_after_too_many_failures_nothing_is_claimed() -> None:
    reader = failures(LOOKED_AT + 1)

    record = recorded(METRIC, webhook("deployment_status"), reader)

    assert record.event.output == OUTPUT
    assert (record.event.status, record.event.anomalies) == ("success", ["previous_not_found"])
    assert len(reader.asked) == 1 + LOOKED_AT


@pytest.mark.parametrize("missing", [None, ...])
def test_a_deployment_without_a_time_has_no_previous_one(missing: Any) -> None:
    reader = github([listed(8)])

    record = recorded(METRIC, webhook("deployment_status", deployment__created_at=missing), reader)

    assert record.event.output == OUTPUT | {"deployment_created_at": None}
    assert (record.event.status, record.event.anomalies, reader.asked) == ("success", ["missing_time"], [])


@pytest.mark.parametrize("named", ["", None, ...])
def test_the_environment_is_that_of_the_status_or_else_of_the_deployment(named: Any) -> None:
    payloads = [
        webhook("deployment_status", deployment_status__environment="pr 7/übung"),
        webhook("deployment_status", deployment_status__environment=named, deployment__environment="staging"),
    ]
    readers = [github([]), github([])]

    environments = [output(METRIC, payload, reader)["env"] for payload, reader in zip(payloads, readers, strict=True)]

    assert environments == ["pr 7/übung", "staging"]
    assert [reader.asked for reader in readers] == [[(PATH, {"environment": env})] for env in environments]


# what came since


def test_an_earlier_commit_is_a_rollback_without_changes() -> None:
    assert since_earlier(compared(status="behind")) == OUTPUT | {
        "previous": EARLIER,
        "changes": NOTHING,
        "is_rollback": True,
        "comparison_status": "behind",
    }


def test_the_same_commit_again_is_no_rollback_and_takes_no_comparison() -> None:
    assert since_earlier({}, deployment__sha=BEFORE) == OUTPUT | {
        "sha": BEFORE,
        "previous": EARLIER,
        "changes": NOTHING,
        "is_rollback": False,
        "comparison_status": "identical",
    }


def test_of_histories_that_parted_the_changes_are_those_of_the_newer() -> None:
    result = since_earlier(compared([commit(1)], "diverged"))

    assert ([item["sha"] for item in result["changes"]["commits"]], result["is_rollback"]) == ([f"{1:040x}"], False)


@pytest.mark.parametrize("number", [0, 1, 99, 100, 101, 250, 251, 400])
def test_all_pages_of_a_comparison_are_read_and_none_too_many(number: int) -> None:
    commits = [commit(n) for n in range(number)]
    reader = github([listed(8)], {8: [status("success")]}, compared(commits))

    record = recorded(METRIC, webhook("deployment_status"), reader)

    changes = record.event.output["changes"]
    assert ([item["sha"] for item in changes["commits"]], changes["truncated"]) == (
        [item["sha"] for item in commits],
        False,
    )
    assert len(reader.asked) - 2 == max(1, -(-number // PER_PAGE))
    assert record.event.anomalies == []


def test_more_commits_than_are_asked_for_are_flagged() -> None:
    most = PER_PAGE * PAGES_AT_MOST
    reader = github([listed(8)], {8: [status("success")]}, compared([commit(n) for n in range(most + 1)]))

    record = recorded(METRIC, webhook("deployment_status"), reader)

    assert (len(record.event.output["changes"]["commits"]), record.event.output["changes"]["truncated"]) == (most, True)
    assert (record.event.status, record.event.anomalies) == ("success", ["changes_truncated"])


def test_commits_that_github_counts_but_does_not_list_are_flagged() -> None:
    result = since_earlier(compared([commit(n) for n in range(100)], total=300))

    assert (len(result["changes"]["commits"]), result["changes"]["truncated"]) == (100, True)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('Revert "Greet everybody"', True),
        ('Revert "Greet everybody" (#12)\n\nThis reverts commit ec26c3e57ca3a959ca5aad62de7213c562f8c821.', True),
        ("Take it back\n\nThis reverts commit ec26c3e57ca3.", True),
        ("Take it back\r\n\r\nthis reverts commit EC26C3E57CA3", True),
        ("This reverts commit ec26c3e57ca3a959ca5aad62de7213c562f8c821ec26c3e57ca3a959ca5aad62.", True),
        ("Revert Greet everybody", False),
        ('revert "Greet everybody"', False),
        ("This reverts commit 7.", False),
        ("This reverts commit of Mona's", False),
        ('Do not Revert "Greet everybody"', False),
        ("", False),
        (None, False),
    ],
)
def test_a_message_that_says_so_makes_a_revert(message: Any, expected: Any) -> None:
    result = since_earlier(compared([commit(1, message)]))

    assert result["changes"]["commits"][0]["is_revert"] is expected


def test_no_message_text_and_no_name_is_recorded() -> None:
    result = since_earlier(compared([commit(1, 'Revert "Pay Mona"')]))

    assert [word for word in ("Pay", "Mona", "mona", "octo.example") if word in str(result)] == []


@pytest.mark.parametrize("people", [{}, {"author": None, "committer": None}, {"author": {}, "committer": {}}])
def test_a_commit_without_times_has_null_ones(people: Json) -> None:
    result = since_earlier(compared([{"sha": "abc", "commit": {"message": "x", **people}}]))

    expected = {"sha": "abc", "authored_at": None, "committed_at": None, "is_revert": False, **UNTOLD, **NO_FACTS}
    assert result["changes"]["commits"] == [expected]


@pytest.mark.parametrize(
    ("message", "reverts"),
    [
        ('Revert "Greet" (#12)\n\nThis reverts commit ec26c3e57ca3a959ca5aad62de7213c562f8c821.', SHA),
        ("Take it back\r\n\r\nthis reverts commit EC26C3E57CA3", "ec26c3e57ca3"),
        ('Revert "Greet everybody"', None),
        ("This reverts commit 7.", None),
    ],
)
def test_a_revert_names_the_reverted_commit_if_its_message_does(message: str, reverts: Any) -> None:
    result = since_earlier(compared([commit(1, message)]))

    assert result["changes"]["commits"][0]["reverts"] == reverts


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Greet everybody (#12)", 12),
        ("Greet everybody (#12)\n\n* Greet\n* Mend", 12),
        ("Greet everybody (#12)\r\n\r\nOh", 12),
        ('Revert "Greet everybody (#12)" (#13)', 13),
        ('Revert "Greet everybody (#12)"', None),
        ("Greet everybody\n\nAs asked for (#12)", None),
        ("Greet (#12) everybody", None),
        ("Greet everybody (#)", None),
        ("Greet everybody (#9999999999999999)", None),
        ("", None),
    ],
)
def test_a_squashed_pull_request_is_the_one_that_the_first_line_ends_in(message: str, number: Any) -> None:
    result = since_earlier(compared([commit(1, message)]))

    assert result["changes"]["commits"][0]["pr_number"] == number


def facts_of(message: str | None, **listed: Any) -> Json:
    """The facts of a listed commit that schema 2 adds."""
    item = commit(1, message) if message is not None else commit(1)
    if message is None:
        del item["commit"]["message"]
    [change] = since_earlier(compared([item | listed]))["changes"]["commits"]
    return {name: change[name] for name in NO_FACTS}


def test_a_commit_has_the_facts_of_its_message() -> None:
    message = (
        'Revert "Greet (#12)" (#13)\n\nReverts octo-org/hello-world#12\n\nCo-authored-by: Copilot <copilot@github.com>'
    )

    assert facts_of(message, author={"login": "octocat", "type": "User"}) == {
        "author_kind": "person",
        "assistants": ["copilot"],
        "fingerprint": hashed('Revert "Greet (#12)"'),
        "title_kind": "revert",
        "revert_depth": 1,
        "reverts_number": 12,
        "number_kind": None,
    }


def test_a_commit_without_a_message_has_no_facts_of_it() -> None:
    unknown = dict.fromkeys(("assistants", "fingerprint", "title_kind", "revert_depth", "reverts_number"))

    assert facts_of(None, author={"login": "renovate[bot]", "type": "Bot"}) == NO_FACTS | unknown | {
        "author_kind": "bot"
    }


def test_a_reapply_is_no_revert_and_is_revert_keeps_its_meaning() -> None:
    facts = facts_of('Reapply "Greet"\n\nThis reverts commit 7654321.')
    [change] = since_earlier(compared([commit(1, 'Reapply "Greet"\n\nThis reverts commit 7654321.')]))["changes"][
        "commits"
    ]

    assert (facts["title_kind"], facts["revert_depth"], facts["reverts_number"]) == ("reapply", 2, None)
    assert (change["is_revert"], change["reverts"]) == (True, "7654321")


@pytest.mark.parametrize(
    ("parents", "expected"), [([], 0), ([{"sha": "a"}], 1), ([{"sha": "a"}, {"sha": "b"}], 2), (None, None)]
)
def test_a_commit_has_its_number_of_parents(parents: Any, expected: Any) -> None:
    result = since_earlier(compared([{**commit(1), "parents": parents}]))

    assert result["changes"]["commits"][0]["parents"] == expected


@pytest.mark.parametrize("sha", [None, ""])
def test_without_a_commit_only_the_previous_deployment_is_known(sha: Any) -> None:
    before = github([listed(8, sha=sha)], {8: [status("success")]})
    now = github([listed(8)], {8: [status("success")]})

    records = [
        recorded(METRIC, webhook("deployment_status"), before),
        recorded(METRIC, webhook("deployment_status", deployment__sha=sha), now),
    ]

    assert [record.event.output["previous"] for record in records] == [
        EARLIER | {"id": 8, "sha": sha},
        EARLIER | {"id": 8},
    ]
    assert [(item.event.output["changes"], item.event.output["is_rollback"]) for item in records] == [(None, None)] * 2
    assert [(item.event.status, item.event.anomalies) for item in records] == [("success", ["missing_sha"])] * 2


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (NotFound("404"), {"failed_reads": FIRST_READS, "received_at": NOW - YOUNG_FOR}),
        (NotFound("404"), {"collected_by": "backfill"}),
        (PermanentError("422"), {}),
    ],
)
def test_commits_that_github_cannot_compare_are_null(error: Exception, fields: Json) -> None:
    path = next(iter(compared()))
    reader = github([listed(8)], {8: [status("success")]}, {path: error})

    record = recorded(METRIC, webhook("deployment_status"), reader, **fields)

    assert record.event.output == OUTPUT | {"previous": EARLIER | {"id": 8}}
    assert (record.event.status, record.event.anomalies) == ("success", ["no_comparison"])


@pytest.mark.parametrize("refused", ["deployments", "statuses"])
def test_a_list_that_github_cannot_send_leaves_the_previous_unknown(refused: str) -> None:
    error = NotAvailable("GET: 422")
    reader = github(error) if refused == "deployments" else github([listed(8)], {8: error})

    record = recorded(METRIC, webhook("deployment_status"), reader)

    assert record.event.output == OUTPUT  # is_rollback is not false
    assert (record.event.status, record.event.anomalies) == ("success", ["previous_not_found"])


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
def test_an_impossible_time_of_a_status_costs_only_that_time(field: str) -> None:
    reader = github([listed(8)], {8: []})
    payload = webhook("deployment_status", **{f"deployment_status__{field}": "0001-01-01T00:00:00Z"})

    record = recorded(METRIC, payload, reader)

    assert record.event.output == OUTPUT | {field: None, "is_rollback": False}
    assert (record.event.status, record.event.anomalies) == ("success", ["impossible_time"])


def test_an_impossible_creation_of_a_deployment_leaves_previous_unknown() -> None:
    record = recorded(METRIC, webhook("deployment_status", deployment__created_at="10000-01-01T00:00:00Z"), github([]))

    assert record.event.output == OUTPUT | {"deployment_created_at": None}
    assert (record.event.status, record.event.anomalies) == ("success", ["missing_time", "impossible_time"])


@pytest.mark.parametrize("sha", ["../../../user", "a b", "a?b", "a...b", "ä"])
def test_a_sha_that_would_lead_a_request_elsewhere_is_malformed(sha: str) -> None:
    with pytest.raises(MalformedPayload, match="sha: not the SHA of a commit"):
        since_earlier({}, deployment__sha=sha)


# reads that fail

UNREAD = {
    "the deployments": (TransientReadError("502"), [status("success")], compared([commit(1)]), UNKNOWN),
    "a page of them": (
        [listed(145988700), TransientReadError("502")],
        [status("success")],
        compared([commit(1)]),
        UNKNOWN,
    ),
    "the statuses": ([listed(145988700)], TransientReadError("502"), compared([commit(1)]), UNKNOWN),
    "the comparison": (
        [listed(145988700)],
        [status("success")],
        dict.fromkeys(compared(), TransientReadError("502")),
        UNKNOWN | {"previous": EARLIER},
    ),
    "its second page": (
        [listed(145988700)],
        [status("success")],
        {**compared([commit(n) for n in range(101)]), list(compared([commit(1)]))[1]: TransientReadError("502")},
        UNKNOWN | {"previous": EARLIER},
    ),
}


@pytest.mark.parametrize("failed_reads", [0, 3])
@pytest.mark.parametrize(("deployments", "statuses", "objects", "_"), UNREAD.values(), ids=UNREAD)
def test_a_read_that_fails_is_tried_again_before_the_last_try(
    deployments: Any, statuses: Any, objects: Any, _: Json, failed_reads: int
) -> None:
    reader = github(deployments, {145988700: statuses}, objects)

    with pytest.raises(TransientReadError, match="502"):
        recorded(METRIC, webhook("deployment_status"), reader, failed_reads=failed_reads)


@pytest.mark.parametrize(("deployments", "statuses", "objects", "expected"), UNREAD.values(), ids=UNREAD)
def test_on_the_last_try_what_was_not_read_is_null(
    deployments: Any, statuses: Any, objects: Any, expected: Json
) -> None:
    reader = github(deployments, {145988700: statuses}, objects)

    record = recorded(METRIC, webhook("deployment_status"), reader, failed_reads=4)

    assert record.event.output == OUTPUT | expected
    assert (record.event.status, record.path) == (
        "networkError",
        f"{FOLDER}/2026-11-20/{ID}-{STATUS}.partial.json",
    )


@pytest.mark.parametrize("error", [Unavailable("our token"), PermanentError("422")])
@pytest.mark.parametrize("position", ["deployments", "statuses"])
def test_only_a_passing_failure_ever_becomes_a_network_error(error: Exception, position: str) -> None:
    reader = github(error) if position == "deployments" else github([listed(8)], {8: error})

    with pytest.raises(type(error)):
        recorded(METRIC, webhook("deployment_status"), reader, failed_reads=9)


def test_a_comparison_of_a_young_event_that_is_not_found_is_read_again() -> None:
    with pytest.raises(TransientReadError, match="404"):
        since_earlier({next(iter(compared())): NotFound("404")})


def test_a_comparison_in_a_blocked_repository_is_not_stored_as_unknown() -> None:
    with pytest.raises(AccessBlocked):
        since_earlier({next(iter(compared())): AccessBlocked("tos")})


def test_a_comparison_that_our_token_may_not_read_waits() -> None:
    with pytest.raises(Unavailable):
        since_earlier({next(iter(compared())): Unavailable("our token")})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"commits": [{"commit": []}]}, r"comparison\.commits\[0\]\.commit: expected an object"),
        ({"commits": [{"commit": {}}]}, r"comparison\.commits\[0\]\.sha: expected a string"),
        ({"total_commits": None}, r"comparison\.total_commits: expected a whole number"),
        ({"status": 7}, r"comparison\.status: expected a string"),
    ],
)
def test_a_response_that_is_no_comparison_is_malformed(changes: Json, reason: str) -> None:
    [path, answer] = next(iter(compared().items()))

    with pytest.raises(MalformedPayload, match=reason):
        since_earlier({path: answer | changes})


# identity


def test_ids_beyond_2_to_the_53_stay_exact() -> None:
    beyond = 2**53 + 1
    payload = webhook("deployment_status_failure", deployment__id=beyond, deployment_status__id=beyond + 2)

    record = recorded(METRIC, payload, github([], {beyond: []}))

    assert (record.event.output["deployment_id"], record.event.output["id"]) == (beyond, beyond + 2)
    assert record.event.id == f"{FOLDER}/9007199254740993-9007199254740995"


@pytest.mark.parametrize("field", ["deployment__id", "deployment_status__id"])
@pytest.mark.parametrize("id", [None, "1", 1.0, True, ...])
def test_an_id_that_is_no_whole_number_is_malformed(field: str, id: Any) -> None:
    with pytest.raises(MalformedPayload, match=rf"^{field.replace('__', '.')}: expected a whole number"):
        recorded(METRIC, webhook("deployment_status_failure", **{field: id}))


@pytest.mark.parametrize("environment", [None, 7, [], ...])
def test_a_deployment_without_an_environment_is_malformed(environment: Any) -> None:
    payload = webhook(
        "deployment_status_failure", deployment_status__environment=None, deployment__environment=environment
    )

    with pytest.raises(MalformedPayload, match=r"^deployment\.environment: expected a string"):
        recorded(METRIC, payload)


def test_the_day_is_that_of_utc() -> None:
    payload = webhook("deployment_status_failure", deployment_status__created_at="2026-11-21T01:30:00.9+02:00")

    record = recorded(METRIC, payload, github([], {ID: []}))

    assert record.path == f"{FOLDER}/2026-11-20/{ID}-245123456.json"
    assert record.event.output["created_at"] == 1795217400900


# when it began, without a job that says so

OWN = f"{PATH}/{ID}/statuses"


def own(*states: str | tuple[str, str | None], first: int = STATUS - 50) -> list[Json]:
    """Statuses of the deployment itself, the newest first as GitHub lists them; by default a minute apart from 12:00."""
    timed = [(state, f"2026-11-20T12:0{n}:00Z") if isinstance(state, str) else state for n, state in enumerate(states)]
    return [{"id": first + n, "state": state, "created_at": at} for n, (state, at) in enumerate(timed)][::-1]


def begun(statuses: list[Any], *, state: str = "failure", **changes: Any) -> Any:
    """The record of an end that names no job, with these statuses of the deployment."""
    nothing = {"check_run": None, "workflow_run": None, "workflow": None, "deployment_status__state": state}
    return recorded(METRIC, webhook("deployment_status", **(nothing | changes)), github([], {ID: statuses}))


MINUTE = 60_000


@pytest.mark.parametrize("state", ["success", "failure", "error"])
def test_without_a_job_the_first_in_progress_is_the_beginning(state: str) -> None:
    record = begun([{**status(state), "id": STATUS}, *own("queued", "in_progress", "in_progress")], state=state)

    assert record.event.output["in_progress_at"] == CREATED + MINUTE
    assert (record.event.output["check_run"], record.event.output["workflow_run"]) == (None, None)
    assert (record.event.status, record.event.anomalies) == ("success", [])


@pytest.mark.parametrize("end", ["failure", "error", "success", "inactive"])
def test_a_deployment_that_is_tried_again_begins_again(end: str) -> None:
    statuses = own("in_progress", end, "queued", "in_progress")

    assert begun(statuses).event.output["in_progress_at"] == CREATED + 3 * MINUTE


def test_statuses_that_were_set_later_change_nothing() -> None:
    later = own("in_progress", "success", first=STATUS + 1)

    assert begun([*later, *own("in_progress")]).event.output["in_progress_at"] == CREATED
    assert begun([*later]).event.output["in_progress_at"] is None


@pytest.mark.parametrize("states", [(), ("queued", "pending"), ("in_progress", "failure")])
def test_without_a_status_in_progress_the_beginning_is_unknown(states: tuple[str, ...]) -> None:
    record = begun(own(*states))

    assert (record.event.output["in_progress_at"], record.event.anomalies) == (None, [])


def test_statuses_are_read_in_any_order() -> None:
    statuses = own("queued", "in_progress", "in_progress")

    assert begun(statuses[::-1]).event.output["in_progress_at"] == CREATED + MINUTE


@pytest.mark.parametrize("missing", [None, "0001-01-01T00:00:00Z"])
def test_a_status_without_a_time_leaves_the_beginning_unknown(missing: str | None) -> None:
    record = begun(own(("in_progress", missing), "in_progress"))

    assert (record.event.output["in_progress_at"], record.event.anomalies) == (None, ["statuses_truncated"])


def test_more_statuses_than_one_page_leave_the_beginning_unknown() -> None:
    record = begun([*own("in_progress"), *([status("queued")] * 100)])

    assert (record.event.output["in_progress_at"], record.event.anomalies) == (None, ["statuses_truncated"])


def test_a_named_job_says_when_it_began_so_nothing_is_asked() -> None:
    reader = github([])

    assert output(METRIC, webhook("deployment_status", deployment_status__state="failure"), reader) == OUTPUT | {
        "state": "failure"
    }
    assert reader.asked == []


@pytest.mark.parametrize("run", [None, ...])
def test_a_check_run_of_another_app_is_no_job_and_has_no_name(run: Any) -> None:
    result = begun(own("in_progress"), check_run={"id": 7, "name": "policy of mona"}, workflow_run=run).event.output

    assert (result["check_run"], result["in_progress_at"]) == ({"id": 7, "name": None}, CREATED)


def test_a_job_of_another_repository_is_not_named() -> None:
    run = {"id": 8, "repository": {"id": 1}}

    result = begun(own("in_progress"), check_run={"id": 7, "name": "deploy"}, workflow_run=run).event.output

    assert (result["check_run"], result["in_progress_at"]) == ({"id": 7, "name": None}, CREATED)


def test_a_deployment_whose_statuses_are_gone_is_recorded() -> None:
    reader = github([], {ID: [NotFound("404")]})
    old = {"received_at": NOW - YOUNG_FOR, "failed_reads": FIRST_READS}

    record = recorded(METRIC, webhook("deployment_status_failure"), reader, **old)

    assert (record.event.output["in_progress_at"], record.event.anomalies) == (None, ["no_statuses"])
    assert record.event.status == "success"


def test_statuses_of_a_young_event_are_read_again() -> None:
    with pytest.raises(TransientReadError):
        begun([NotFound("404")])


@pytest.mark.parametrize("error", [TransientReadError("502"), Unavailable("token")])
def test_statuses_that_cannot_be_read_now_are_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        begun([error])


@pytest.mark.parametrize("error", [MissingPermission("deployments"), AccessBlocked("dmca")])
def test_a_failure_is_recorded_without_the_right_to_statuses(error: Exception) -> None:
    record = recorded(METRIC, webhook("deployment_status_failure"), github([], {ID: error}))

    assert (record.event.output["in_progress_at"], record.event.status) == (None, "success")
    assert record.event.anomalies == ["no_statuses"]


def test_on_the_last_try_unread_statuses_are_null() -> None:
    reader = github([], {ID: [TransientReadError("502")]})

    record = recorded(METRIC, webhook("deployment_status_failure"), reader, failed_reads=4)

    assert (record.event.output["in_progress_at"], record.event.status) == (None, "networkError")


def without_job(deployments: list[Json], statuses: dict[int, Any]) -> tuple[Any, FakeGitHub]:
    reader = github(deployments, {ID: own("in_progress"), **statuses}, compared())
    return recorded(METRIC, webhook("deployment_status", check_run=None), reader), reader


def test_with_the_requests_that_are_left_the_beginning_is_read() -> None:
    record, reader = without_job([listed(2), listed(1)], {2: [status("failure")], 1: [status("success")]})

    assert (record.event.output["in_progress_at"], record.event.anomalies) == (CREATED, [])
    assert len(reader.asked) == 5


def test_the_previous_success_matters_more_than_the_beginning() -> None:
    statuses: dict[int, Any] = {4: [status("failure")], 3: [status("error")], 2: [], 1: [status("success")]}

    record, reader = without_job([listed(n) for n in (4, 3, 2, 1)], statuses)

    assert (record.event.output["previous"]["id"], record.event.output["in_progress_at"]) == (1, None)
    assert record.event.anomalies == ["in_progress_not_read"]
    assert len(reader.asked) == MOST_REQUESTS


@pytest.mark.parametrize("number", [0, 1, 3, 4, 5, 9])
def test_no_event_takes_more_than_its_requests(number: int) -> None:
    _, reader = without_job([listed(n) for n in range(1, number + 1)], {n: [] for n in range(1, number + 1)})

    assert len(reader.asked) <= MOST_REQUESTS


# any order

_STATES = st.lists(st.sampled_from(["success", "failure", "error", "inactive", "in_progress"]), max_size=3)
"""Four older deployments at most, whose statuses are read; the fifth is that of the event, or a newer one."""
_DEPLOYMENTS = st.lists(st.tuples(st.integers(-3, 3), _STATES), max_size=5)


@given(_DEPLOYMENTS, st.randoms(use_true_random=False))
def test_the_previous_success_is_found_in_any_order_of_statuses(
    histories: list[tuple[int, list[str]]], shuffle: random.Random
) -> None:
    ids = count(ID - len(histories) // 2)
    deployments = [(next(ids), minutes, states) for minutes, states in histories]
    deployments = [entry for entry in deployments if entry[0] != ID]
    older = [
        (12 * 60 + minutes, id)
        for id, minutes, states in deployments
        if "success" in states and (minutes, id) < (0, ID)
    ]
    items = [
        listed(id, f"2026-11-20T{(720 + minutes) // 60:02}:{(720 + minutes) % 60:02}:00Z")
        for id, minutes, _ in deployments
    ]
    shuffle.shuffle(items)

    result = previous(items, {id: [status(state) for state in states] for id, _, states in deployments})

    assert result == (max(older)[1] if older else None)
