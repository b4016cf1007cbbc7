from typing import Any

import pytest

from core.errors import AccessBlocked, MalformedPayload, NotAvailable, NotFound, TransientReadError, Unavailable
from core.metrics.comparison import METRIC
from core.payload import Json
from tests.builders import signed, webhook
from tests.unit.core.metrics.fakes import FakeGitHub, output, recorded, wants

BASE, HEAD = "a10867b14bb761a232cd80139fbd4c0d33264240", "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
REPOSITORY = "/repos/octo-org/hello-world"
ASKED = f"{REPOSITORY}/compare/{BASE}...{HEAD}?per_page=100&page=1"
FOLDER = "octo-org/hello-world/comparison"
COMMIT = {
    "sha": HEAD,
    "commit": {
        "author": {"date": "2026-11-20T10:00:00Z"},
        "committer": {"date": "2026-11-20T10:30:00Z"},
        "message": "Greet (#7)",
    },
    "parents": [{"sha": BASE}],
}


def comparing(status: str = "ahead", *, total: int = 1) -> FakeGitHub:
    return FakeGitHub(objects={ASKED: {"status": status, "total_commits": total, "commits": [COMMIT]}})


def backfilled(github: FakeGitHub, **changes: Any) -> Any:
    return recorded(METRIC, webhook("comparison", **changes), github, collected_by="backfill")


def test_a_pair_is_recorded_under_both_commits() -> None:
    github = comparing()

    record = backfilled(github)

    assert list(record.event.output) == ["base", "head", "status", "changes"]
    assert (record.event.output["base"], record.event.output["head"]) == (BASE, HEAD)
    assert record.event.output["status"] == "ahead"
    [change] = record.event.output["changes"]["commits"]
    assert (change["sha"], change["authored_at"], change["pr_number"], change["parents"]) == (HEAD, 1795168800000, 7, 1)
    assert record.path == f"{FOLDER}/{BASE}-{HEAD}.json"
    assert record.event.id == f"{FOLDER}/{BASE}-{HEAD}"
    assert (record.event.status, record.event.anomalies, record.event.repository_id) == ("success", [], 186853002)
    assert github.asked == [ASKED]


@pytest.mark.parametrize("status", ["ahead", "behind", "diverged", "identical"])
def test_each_status_of_github_is_recorded(status: str) -> None:
    assert backfilled(comparing(status)).event.output["status"] == status


def test_another_word_for_the_status_is_unknown() -> None:
    record = backfilled(comparing("sideways"))

    assert (record.event.output["status"], record.event.anomalies) == (None, ["unknown_comparison_status"])


def test_a_commit_compared_with_itself_is_identical_without_asking() -> None:
    record = backfilled(FakeGitHub(), base=HEAD)

    assert record.event.output["status"] == "identical"
    assert record.event.output["changes"] == {"commits": [], "truncated": False}


@pytest.mark.parametrize("extra", [{}, {"repository_id": None}, {"collected_by": "backfill"}])
def test_every_event_is_wanted(extra: Json) -> None:
    assert wants(METRIC, webhook("comparison", **extra))


def test_a_pair_that_is_sent_again_in_capitals_is_the_same_fact() -> None:
    again = backfilled(comparing(), base=BASE.upper())

    assert again.path == backfilled(comparing()).path
    assert again.event.output["base"] == BASE


def test_a_pair_in_the_other_direction_is_another_fact() -> None:
    event = signed(METRIC.trigger, webhook("comparison", base=HEAD, head=BASE))

    assert METRIC.key(event).identity == (HEAD, BASE)


def test_a_sha_256_is_a_sha() -> None:
    assert backfilled(FakeGitHub(), base="a" * 64, head="a" * 64).event.output["status"] == "identical"


@pytest.mark.parametrize("name", ["base", "head"])
@pytest.mark.parametrize(
    "sha",
    ["", BASE[:39], f"{BASE}0", "main", "../" + BASE[3:], BASE[:39] + "g", BASE[:39] + "\n", BASE + "\n", "é" * 40],
)
def test_what_is_no_complete_sha_is_malformed_and_never_asked(name: str, sha: str) -> None:
    github = comparing()

    with pytest.raises(MalformedPayload, match=f"^{name}: expected a complete SHA"):
        backfilled(github, **{name: sha})
    assert github.asked == []


@pytest.mark.parametrize("name", ["base", "head"])
@pytest.mark.parametrize("value", [None, 7, [], ...])
def test_a_missing_sha_is_named(name: str, value: Any) -> None:
    with pytest.raises(MalformedPayload, match=rf"^{name}: expected a string"):
        backfilled(comparing(), **{name: value})


@pytest.mark.parametrize("error", [NotFound("404"), NotAvailable("422")])
def test_a_commit_that_is_gone_leaves_the_pair_unknown(error: Exception) -> None:
    github = FakeGitHub(objects={ASKED: error, REPOSITORY: {"id": 186853002}})

    record = backfilled(github)

    assert record.event.output == {"base": BASE, "head": HEAD, "status": None, "changes": None}
    assert (record.event.status, record.event.anomalies) == ("success", ["no_comparison"])
    assert github.asked == [ASKED, REPOSITORY]


def test_a_repository_that_cannot_be_seen_makes_no_record() -> None:
    with pytest.raises(NotFound):
        backfilled(FakeGitHub(objects={ASKED: NotFound("404"), REPOSITORY: NotFound("404")}))


@pytest.mark.parametrize("error", [TransientReadError("502"), Unavailable("token"), AccessBlocked("dmca")])
def test_a_failed_read_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        backfilled(FakeGitHub(objects={ASKED: error}))


def test_the_last_failed_read_makes_a_partial_record() -> None:
    github = FakeGitHub(objects={ASKED: TransientReadError("502")})

    record = recorded(METRIC, webhook("comparison"), github, failed_reads=4)

    assert record.event.output == {"base": BASE, "head": HEAD, "status": None, "changes": None}
    assert (record.event.status, record.path.endswith(".partial.json")) == ("networkError", True)
    assert github.asked == [ASKED]


def test_a_404_of_a_young_event_is_read_again() -> None:
    with pytest.raises(TransientReadError):
        output(METRIC, webhook("comparison"), FakeGitHub(objects={ASKED: NotFound("404")}))


def test_more_commits_than_are_asked_for_are_said_to_be_missing() -> None:
    pages = {
        ASKED.replace("&page=1", f"&page={n}"): {"status": "ahead", "total_commits": 9, "commits": []} for n in (1, 2)
    }

    record = backfilled(FakeGitHub(objects=pages))

    assert record.event.output["changes"]["truncated"]
    assert record.event.anomalies == ["changes_truncated"]
