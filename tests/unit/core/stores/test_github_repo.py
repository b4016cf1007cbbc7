"""What only a branch can show: commits, conflicts, lost answers, refusals."""

import json
import random
import threading
from itertools import pairwise
from typing import Any

import pytest

from core.errors import Conflict, PermanentError, Unavailable
from core.github.git_data import Person
from core.secrets_cache import RENEWAL_PAUSE
from fakes.github.faults import Fault
from fakes.github.server import Lost, Response, error
from tests.git_branch import API, NAME, OWNER, TOKEN, DataBranch

FILES = {"o/r/m/2026-11-20/1.json": b'{"a":1}\n', "_system/receipts/2026-11-20/x.jsonl": b"{}\n"}
HEAD, COMMIT, TREE, NEW_TREE, NEW_COMMIT, MOVE = (
    ("GET", r"git/ref/"),
    ("GET", r"git/commits/"),
    ("GET", r"git/trees/"),
    ("POST", r"git/trees"),
    ("POST", r"git/commits"),
    ("PATCH", r"git/refs/"),
)
CALLS = (HEAD, COMMIT, NEW_TREE, NEW_COMMIT, MOVE)
PASSING: dict[str, Fault] = {
    "409": error(409, "Conflict"),
    "422": error(422, "Update is not a fast forward"),
    "500": Response(500),
    "502": error(502, "Server Error"),
    "503 with a page": Response(503, {"Content-Type": "text/html"}, b"<p>Unicorn!"),
    "502 after it was done": Lost(Response(502)),
    "cut": "cut",
    "cut after it was done": Lost("cut"),
    "timeout after it was done": Lost("timeout"),
    "html": "html",
    "empty": "empty",
    "html after it was done": Lost(Response(200, {"Content-Type": "text/html"}, b"<p>Unicorn!")),
    "rate limit": error(403, "API rate limit exceeded", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}),
    "secondary rate limit": error(403, "You have exceeded a secondary rate limit", {"Retry-After": "7"}),
    "too many": error(429, "Too many requests", {"Retry-After": "3"}),
    "bad credentials": error(401, "Bad credentials"),
}


def until_written(data_branch: DataBranch, store: Any, files: dict[str, bytes], attempts: int = 30) -> list[str]:
    """Write as the queue would, again and again; why it was not written each time."""
    reasons = []
    for _ in range(attempts):
        try:
            store.write(files, "Store 1 event")
        except Unavailable as refused:
            reasons.append(str(refused))
            data_branch.clock.move(max(refused.retry_after or 0, RENEWAL_PAUSE))
        else:
            return reasons
    raise AssertionError(reasons)


# commits


def test_a_write_is_one_commit_on_the_head_with_all_its_files() -> None:
    data_branch = DataBranch()
    [before] = data_branch.repository.git.log("main")
    assert data_branch.store().write(FILES, "Store 2 events") is True
    [commit] = data_branch.log()
    assert (commit.message, commit.parents, data_branch.files()) == ("Store 2 events", (before.sha,), FILES)


def test_a_usual_write_takes_three_writes_and_the_next_one_two_reads() -> None:
    """The query finds the records to be written over; a receipt needs none."""
    data_branch = DataBranch()
    store = data_branch.store()
    store.write(FILES, "one")
    assert dict(data_branch.fake.methods) == {"GET": 2, "QUERY": 1, "POST": 2, "PATCH": 1}
    store.write({"a.json": b"1"}, "two")
    assert dict(data_branch.fake.methods) == {"GET": 3, "QUERY": 2, "POST": 4, "PATCH": 2}
    store.write({"_system/receipts/2026-11-20/y.jsonl": b"{}\n"}, "three")
    assert dict(data_branch.fake.methods) == {"GET": 4, "QUERY": 2, "POST": 6, "PATCH": 3}


def test_existing_content_makes_no_commit() -> None:
    data_branch = DataBranch()
    data_branch.store().write(FILES, "one")
    assert data_branch.store().write(FILES, "again") is False
    assert len(data_branch.log()) == 1


def test_nothing_to_write_asks_nothing() -> None:
    data_branch = DataBranch()
    assert data_branch.store().write({}, "nothing") is False
    assert data_branch.fake.requests == 0


def test_a_commit_names_the_author_and_the_committer_that_were_set() -> None:
    data_branch = DataBranch()
    data_branch.store(Person("Ada", "ada@example.com"), Person("Bot", "bot@example.com")).write(FILES, "one")
    [commit] = data_branch.log()
    assert (commit.author[:2], commit.committer[:2]) == (("Ada", "ada@example.com"), ("Bot", "bot@example.com"))


def test_without_an_author_a_commit_is_the_token_s() -> None:
    data_branch = DataBranch()
    data_branch.store().write(FILES, "one")
    assert data_branch.log()[0].author.name == "octocat"


def test_a_file_that_is_no_text_is_written_whole() -> None:
    data_branch = DataBranch()
    data_branch.store().write({"a.bin": bytes(range(256)), "b.json": "ü\r\n".encode()}, "one")
    assert data_branch.files() == {"a.bin": bytes(range(256)), "b.json": "ü\r\n".encode()}


def test_many_files_are_several_trees_and_still_one_commit() -> None:
    data_branch = DataBranch()
    files = {f"o/r/m/{n % 7}/{n}.json": b"%d" % n for n in range(1201)}
    data_branch.store().write(files, "many")
    assert (len(data_branch.log()), data_branch.files()) == (1, files)
    assert (data_branch.fake.methods["POST"], data_branch.fake.methods["QUERY"]) == (4, 13)


def test_long_files_are_spread_over_several_trees() -> None:
    data_branch = DataBranch()
    files = {f"{n}.json": b"x" * 900_000 for n in range(5)}
    data_branch.store().write(files, "long")
    assert (len(data_branch.log()), data_branch.files(), data_branch.fake.methods["POST"]) == (1, files, 4)


def test_every_commit_logs_the_writes_of_the_last_hour() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    for number in range(3):
        store.write({f"{number}.json": b"1"}, "one")
        data_branch.clock.move(1799)
    counts = [line["writes_last_hour"] for line in data_branch.lines.lines if line["step"] == "commit"]
    assert counts == [3, 6, 9]
    data_branch.clock.move(3600)
    store.write({"z.json": b"1"}, "one")
    assert data_branch.lines.lines[-1]["writes_last_hour"] == 3


def test_a_branch_with_slashes_is_written_to() -> None:
    data_branch = DataBranch(branch="data/main")
    data_branch.repository.git.show("data/main", data_branch.repository.git.head("main"))
    data_branch.store().write(FILES, "one")
    assert data_branch.files() == FILES
    assert data_branch.repository.git.files("main") == {}


@pytest.mark.parametrize("part", [".git", ".GIT", "a/.git/b"])
def test_a_path_that_git_cannot_hold_is_permanent(part: str) -> None:
    data_branch = DataBranch()
    with pytest.raises(PermanentError):
        data_branch.store().write({part: b"1"}, "one")
    assert data_branch.fake.requests == 0


def test_a_path_that_github_calls_malformed_is_permanent() -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*NEW_TREE, error(422, "tree.path contains a malformed path component"))
    with pytest.raises(PermanentError, match="git cannot hold"):
        data_branch.store().write(FILES, "one")


# an empty repository


@pytest.mark.parametrize("branch", ["main", "data"])
def test_an_empty_repository_is_begun(branch: str) -> None:
    data_branch = DataBranch(empty=True, branch=branch)
    store = data_branch.store()
    assert (store.read("a.json"), list(store.list("")), store.changes(None)) == (None, [], ((), ""))
    assert store.write(FILES, "Store 2 events") is True
    assert data_branch.files() == FILES
    assert store.changes("") == (tuple(sorted(FILES)), data_branch.repository.git.head(branch))


def test_an_empty_repository_never_shows_a_receipt_before_its_record() -> None:
    data_branch = DataBranch(empty=True)
    data_branch.fake.fail_at(*NEW_TREE, Response(500))
    with pytest.raises(Unavailable):
        data_branch.store().write(FILES, "one")
    assert list(data_branch.files()) == ["o/r/m/2026-11-20/1.json"]
    assert data_branch.store().write(FILES, "one") is True
    assert data_branch.files() == FILES


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_at_the_first_commit_is_retried(fault: Fault) -> None:
    data_branch = DataBranch(empty=True)
    data_branch.fake.fail_at("PUT", "contents/", fault)
    until_written(data_branch, data_branch.store(), FILES)
    assert data_branch.files() == FILES
    assert data_branch.fake.faults.pending == 0


def test_a_swap_begins_an_empty_repository_once() -> None:
    data_branch = DataBranch(empty=True)
    assert data_branch.store().compare_and_swap("_system/cursor", None, b"1")
    assert not data_branch.store().compare_and_swap("_system/cursor", None, b"2")
    assert data_branch.files() == {"_system/cursor": b"1"}


# faults


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_fault_at_any_call_ends_in_exactly_one_commit(call: tuple[str, str], fault: Fault) -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*call, fault)
    until_written(data_branch, data_branch.store(), FILES)
    assert data_branch.fake.faults.pending == 0
    assert data_branch.files() == FILES
    assert len(data_branch.log()) == 1


@pytest.mark.parametrize("seed", range(40))
def test_faults_in_a_row_lose_nothing_and_make_no_empty_commit(seed: int) -> None:
    data_branch, randomly = DataBranch(empty=seed % 5 == 0), random.Random(seed)
    store = data_branch.store()
    everything: dict[str, bytes] = {}
    for batch in range(8):
        files = {
            f"o/r/m/{randomly.randrange(3)}/{batch}-{n}.json": b"%d\n" % n for n in range(randomly.randrange(1, 5))
        }
        for call in randomly.sample([*CALLS, MOVE, MOVE], 3):
            data_branch.fake.fail_at(*call, *randomly.choices([*PASSING.values(), "stale"], k=randomly.randrange(3)))
        until_written(data_branch, store, files)
        everything |= files
    assert data_branch.files() == everything
    trees = [commit.tree for commit in data_branch.repository.git.log("main")]
    assert all(newer != older for newer, older in pairwise(trees))
    assert all(len(commit.parents) <= 1 for commit in data_branch.log())


def test_a_response_lost_after_the_branch_moved_is_no_second_commit() -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*MOVE, Lost("cut"))
    assert data_branch.store().write(FILES, "one") is True
    assert len(data_branch.log()) == 1
    assert data_branch.fake.methods["PATCH"] == 2


def test_a_move_that_another_writer_built_upon_is_recognised() -> None:
    data_branch = DataBranch()
    store, other = data_branch.store(), data_branch.store()
    data_branch.fake.fail_at(*MOVE, Lost("cut"))
    moved = store._git.move

    def move(commit: str) -> None:
        try:
            moved(commit)
        finally:
            if not data_branch.files().keys() & {"other.json"}:
                other.write({"other.json": b"1"}, "other")

    store._git.move = move
    assert store.write(FILES, "one") is True
    assert [commit.message for commit in data_branch.log()] == ["other", "one"]


def test_a_stale_head_is_not_built_upon() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    store.write({"1.json": b"1"}, "one")
    data_branch.fake.fail_at(*HEAD, "stale")
    store.write({"2.json": b"1"}, "two")
    assert [commit.message for commit in data_branch.log()] == ["two", "one"]
    assert data_branch.fake.methods["PATCH"] == 2


def test_a_stale_head_does_not_hide_what_was_just_written() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    store.write({"1.json": b"1"}, "one")
    data_branch.fake.fail_at(*HEAD, "stale", "stale", "stale")
    assert store.read("1.json") == b"1"
    assert store.list("") == ["1.json"]
    assert not store.compare_and_swap("1.json", None, b"2")


def test_a_branch_reset_on_purpose_is_followed_after_a_moment() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    before = data_branch.repository.git.head("main")
    store.write({"1.json": b"1"}, "one")
    data_branch.repository.git.show("main", before)
    data_branch.clock.move(6)
    store.write({"2.json": b"1"}, "two")
    assert data_branch.files() == {"2.json": b"1"}


def test_a_moved_head_is_a_conflict_and_the_next_write_builds_on_it() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    data_branch.fake.fail_at(*HEAD, "stale")
    data_branch.store().write({"other.json": b"1"}, "other")
    fresh = data_branch.store()
    data_branch.fake.fail_at(*HEAD, "stale")
    with pytest.raises(Conflict):
        fresh.write(FILES, "one")
    assert store.write(FILES, "one") is True
    assert [commit.message for commit in data_branch.log()] == ["one", "other"]


def test_two_writers_of_one_branch_both_succeed() -> None:
    data_branch = DataBranch()
    reasons: list[str] = []

    def write(name: str) -> None:
        store = data_branch.store()
        for number in range(25):
            reasons.extend(until_written(data_branch, store, {f"{name}/{number}.json": b"1"}, 200))

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(data_branch.files()) == sorted(f"{name}/{n}.json" for name in ("a", "b") for n in range(25))
    assert len(data_branch.log()) == 50
    assert all(len(commit.parents) == 1 for commit in data_branch.log())
    assert all("another writer changed it first" in reason for reason in reasons)


def test_a_swap_that_others_overtake_is_tried_again_from_the_new_head() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    data_branch.fake.fail_at(*MOVE, error(422, "Update is not a fast forward"))
    assert store.compare_and_swap("lock", None, b"1")
    assert len(data_branch.pauses) == 1


def test_a_swap_that_is_always_overtaken_is_a_conflict() -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*MOVE, *[error(422, "Update is not a fast forward")] * 6)
    with pytest.raises(Conflict):
        data_branch.store().compare_and_swap("lock", None, b"1")


def test_a_swap_whose_answer_was_lost_is_won() -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*MOVE, Lost(Response(502)))
    assert data_branch.store().compare_and_swap("lock", None, b"1")
    assert len(data_branch.log()) == 1


def test_while_github_wants_no_requests_none_is_sent() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    data_branch.fake.fail_at(*NEW_TREE, PASSING["secondary rate limit"])
    with pytest.raises(Unavailable, match="rate limit") as refused:
        store.write(FILES, "one")
    assert refused.value.retry_after == 7
    sent = data_branch.fake.requests
    with pytest.raises(Unavailable):
        store.write(FILES, "one")
    assert data_branch.fake.requests == sent
    data_branch.clock.move(8)
    assert store.write(FILES, "one") is True


# refusals: each has its own message


def assert_refused(data_branch: DataBranch, reason: str) -> None:
    """Assert that a write is refused with this reason, and that the error shows no token."""
    with pytest.raises(Unavailable) as refused:
        data_branch.store().write(FILES, "one")
    assert not isinstance(refused.value, Conflict)
    assert reason in str(refused.value)
    assert TOKEN not in str(refused.value)


def written(data_branch: DataBranch) -> None:
    data_branch.clock.move(60)
    assert data_branch.store().write(FILES, "one") is True
    assert data_branch.files() == FILES


def test_a_missing_repository_is_named() -> None:
    data_branch = DataBranch()
    taken = data_branch.fake.state.delete(f"{OWNER}/{NAME}")
    assert_refused(data_branch, f"REPO_OWNER/REPO_NAME: {OWNER}/{NAME} does not exist")
    with pytest.raises(Unavailable, match="does not exist"):
        data_branch.store().read("a.json")
    data_branch.fake.state.restore(taken)
    written(data_branch)


def test_an_archived_repository_is_named() -> None:
    data_branch = DataBranch()
    data_branch.repository.archived = True
    assert_refused(data_branch, "is archived")
    data_branch.repository.archived = False
    written(data_branch)


def test_a_protected_branch_is_named() -> None:
    data_branch = DataBranch()
    data_branch.repository.protected.add("main")
    assert_refused(data_branch, "the branch main of octo-org/telemetry-data is protected")
    data_branch.repository.protected.clear()
    written(data_branch)


@pytest.mark.parametrize(
    "answer",
    [
        error(403, "Protected branch update failed"),
        error(403, "You're not authorized to push to this branch"),
        error(409, "Protected branch update failed"),
        error(422, 'Required status check "ci" is expected.'),
        error(422, "At least 1 approving review is required by reviewers with write access."),
        error(422, "Commits must have verified signatures."),
    ],
)
def test_a_branch_that_is_protected_in_the_old_way_is_named(answer: Response) -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*MOVE, answer)
    assert_refused(data_branch, "is protected")
    written(data_branch)


def test_a_read_only_token_is_named_with_the_missing_permission() -> None:
    data_branch = DataBranch(token="reader")
    data_branch.fake.readers.add("reader")
    assert_refused(data_branch, "may not write to octo-org/telemetry-data (GitHub asks for contents=write)")
    data_branch.fake.readers.clear()
    data_branch.fake.token = "reader"
    written(data_branch)


def test_an_expired_token_is_named() -> None:
    data_branch = DataBranch(token="old")
    assert_refused(data_branch, "REPO_WRITE_ACCESS_TOKEN")
    data_branch.secrets.values["github-access-token/data"] = TOKEN
    written(data_branch)


def test_a_renewed_token_is_used_without_a_wait() -> None:
    data_branch = DataBranch(token="old")
    store = data_branch.store()
    data_branch.secrets.values["github-access-token/data"] = "old"
    with pytest.raises(Unavailable):
        store.read("a.json")
    data_branch.secrets.values["github-access-token/data"] = TOKEN
    data_branch.clock.move(RENEWAL_PAUSE)
    assert store.write(FILES, "one") is True


def test_a_missing_token_waits() -> None:
    data_branch = DataBranch(token="unset")
    with pytest.raises(Unavailable, match="github-access-token/data"):
        data_branch.store().write(FILES, "one")
    assert data_branch.fake.requests == 0


def test_a_token_without_single_sign_on_is_named() -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(
        *NEW_TREE, error(403, "Resource protected by organization SAML", {"X-GitHub-SSO": "required; url=x"})
    )
    assert_refused(data_branch, "single sign-on")
    written(data_branch)


def test_a_missing_branch_is_named() -> None:
    data_branch = DataBranch(branch="data")
    assert_refused(data_branch, "TARGET_BRANCH: octo-org/telemetry-data has no branch data")
    data_branch.repository.git.show("data", data_branch.repository.git.head("main"))
    written(data_branch)


def test_a_branch_that_vanishes_while_it_is_written_to_is_named() -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*MOVE, error(422, "Reference does not exist"))
    assert_refused(data_branch, "has no branch main")
    written(data_branch)


def test_a_renamed_repository_is_not_followed_but_named() -> None:
    data_branch = DataBranch()
    data_branch.fake.state.rename(f"{OWNER}/{NAME}", f"{OWNER}/moved")
    assert_refused(data_branch, f"was renamed or moved to {OWNER}/moved")
    assert data_branch.repository.git.files("main") == {}


def test_a_repository_without_its_default_branch_is_an_empty_one() -> None:
    """As an emulator has it; GitHub itself answers 409."""
    data_branch = DataBranch(empty=True)
    data_branch.fake.fail_at(*HEAD, error(404, "Not Found"))
    assert data_branch.store().write(FILES, "one") is True
    assert data_branch.files() == FILES


@pytest.mark.parametrize("status", [400, 405, 410, 413, 418, 451, 504])
def test_any_other_response_of_github_is_retryable(status: int) -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*NEW_COMMIT, error(status, "Something"))
    assert_refused(data_branch, f"POST {API}/git/commits: {status}")
    written(data_branch)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"object": {}},
        {"object": {"sha": 7}},
        {"object": {"sha": "main"}},
        {"object": {"sha": "../../x"}},
        "x",
        None,
    ],
)
def test_an_answer_without_a_name_of_an_object_waits(body: Any) -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*HEAD, Response(200, {"Content-Type": "application/json"}, json.dumps(body).encode()))
    assert_refused(data_branch, "")
    written(data_branch)


# reads


def test_a_file_over_a_megabyte_is_read_raw() -> None:
    data_branch = DataBranch()
    content = b"x" * 1_100_000
    data_branch.store().write({"big.json": content}, "one")
    assert data_branch.store().read("big.json") == content


def test_a_folder_reads_as_no_file() -> None:
    data_branch = DataBranch()
    data_branch.store().write(FILES, "one")
    assert data_branch.store().read("o/r") is None


def test_a_list_reads_only_the_folder_of_its_prefix() -> None:
    data_branch = DataBranch()
    data_branch.store().write({"a/b/1.json": b"1", "c/2.json": b"1"}, "one")
    data_branch.fake.methods.clear()
    assert data_branch.store().list("a/b/") == ["a/b/1.json"]
    assert dict(data_branch.fake.methods) == {"GET": 5}


def test_a_tree_that_is_too_large_for_one_answer_is_listed_by_its_folders() -> None:
    data_branch = DataBranch()
    files = dict.fromkeys((f"{a}/{b}/{n}.json" for a in "xyz" for b in "uv" for n in range(5)), b"1")
    data_branch.store().write(files, "many")
    data_branch.fake.state.tree_limit = 10
    assert data_branch.store().list("") == sorted(files)
    assert data_branch.store().list("x/u/") == [f"x/u/{n}.json" for n in range(5)]


def test_a_folder_that_is_too_large_to_list_is_not_half_listed() -> None:
    data_branch = DataBranch()
    data_branch.store().write({f"x/{n}.json": b"1" for n in range(20)}, "many")
    data_branch.fake.state.tree_limit = 10
    with pytest.raises(Unavailable, match="more than GitHub lists"):
        data_branch.store().list("x/")


def test_changes_beyond_a_comparison_s_limit_are_all_returned() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    store.write({f"o/{n % 5}/{n}.json": b"1" for n in range(40)}, "first")
    _, cursor = store.changes(None)
    new = {f"o/{n % 9}/{n}-new.json": b"1" for n in range(400)} | {"o/1/1.json": b"2"}
    store.write(new, "second")
    assert store.changes(cursor)[0] == tuple(sorted(new))


@pytest.mark.parametrize("cursor", ["x", "0" * 40, "../..", ""])
def test_a_cursor_that_is_no_commit_returns_everything(cursor: str) -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    store.write(FILES, "one")
    assert store.changes(cursor)[0] == tuple(sorted(FILES))


def test_a_cursor_of_a_history_that_was_rewritten_misses_nothing() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    start = data_branch.repository.git.head("main")
    store.write({"1.json": b"1"}, "one")
    _, cursor = store.changes(None)
    data_branch.repository.git.show("main", start)
    data_branch.clock.move(61)
    store.write({"2.json": b"1"}, "two")
    assert "2.json" in store.changes(cursor)[0]


def test_changes_since_a_rewritten_history_are_returned() -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    store.write({"f.json": b"1"}, "one")
    before = data_branch.repository.git.head("main")
    store.write({"f.json": b"2"}, "two")
    _, cursor = store.changes(None)
    data_branch.repository.git.show("main", before)
    data_branch.clock.move(6)
    assert store.changes(cursor)[0] == ("f.json",)


def test_a_move_whose_answer_is_about_something_else_is_asked_for_again() -> None:
    data_branch = DataBranch()
    body = json.dumps({"ref": "refs/heads/main", "object": {"sha": "0" * 40, "type": "commit"}}).encode()
    data_branch.fake.fail_at(*MOVE, Response(200, {"Content-Type": "application/json"}, body))
    assert data_branch.store().write(FILES, "one") is True
    assert data_branch.files() == FILES


def test_a_redirect_to_nowhere_readable_waits() -> None:
    data_branch = DataBranch()
    data_branch.fake.fail_at(*HEAD, Response(302, {"Location": "http://example.com/\xe4"}, b""))
    with pytest.raises(Unavailable):
        data_branch.store().write(FILES, "one")


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_swaps_keep_to_the_budget(seconds: float) -> None:
    data_branch = DataBranch()
    store = data_branch.store()
    start, writes = data_branch.clock.seconds(), 0
    while data_branch.clock.seconds() - start < 3600:
        try:
            store.compare_and_swap("_system/cursor", store.read("_system/cursor"), str(data_branch.clock()).encode())
        except Unavailable as refused:
            data_branch.clock.move(refused.retry_after or 1)
        data_branch.clock.move(seconds + 0.01)
        writes = data_branch.fake.methods["POST"] + data_branch.fake.methods["PATCH"]
    assert 300 < writes <= 500


def test_contents_that_are_no_text_keep_to_the_budget() -> None:
    data_branch = DataBranch()
    start = data_branch.clock.seconds()
    data_branch.store().write({f"{n}.bin": b"\xff%d" % n for n in range(150)}, "many")
    assert data_branch.clock.seconds() - start >= 60
