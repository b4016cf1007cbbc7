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


def until_written(place: DataBranch, store: Any, files: dict[str, bytes], attempts: int = 30) -> list[str]:
    """Write as the queue would, again and again; why it was not written each time."""
    reasons = []
    for _ in range(attempts):
        try:
            store.write(files, "Store 1 event")
        except Unavailable as refused:
            reasons.append(str(refused))
            place.clock.move(max(refused.retry_after or 0, RENEWAL_PAUSE))
        else:
            return reasons
    raise AssertionError(reasons)


# commits


def test_a_write_is_one_commit_on_the_head_with_all_its_files() -> None:
    place = DataBranch()
    [before] = place.repository.git.log("main")
    assert place.store().write(FILES, "Store 2 events") is True
    [commit] = place.log()
    assert (commit.message, commit.parents, place.files()) == ("Store 2 events", (before.sha,), FILES)


def test_a_usual_write_takes_three_writes_and_the_next_one_a_single_read() -> None:
    place = DataBranch()
    store = place.store()
    store.write(FILES, "one")
    assert dict(place.fake.methods) == {"GET": 2, "POST": 2, "PATCH": 1}
    store.write({"a.json": b"1"}, "two")
    assert dict(place.fake.methods) == {"GET": 3, "POST": 4, "PATCH": 2}


def test_what_is_there_already_is_no_commit() -> None:
    place = DataBranch()
    place.store().write(FILES, "one")
    assert place.store().write(FILES, "again") is False
    assert len(place.log()) == 1


def test_nothing_to_write_asks_nothing() -> None:
    place = DataBranch()
    assert place.store().write({}, "nothing") is False
    assert place.fake.requests == 0


def test_a_commit_names_the_author_and_the_committer_that_were_set() -> None:
    place = DataBranch()
    place.store(Person("Ada", "ada@example.com"), Person("Bot", "bot@example.com")).write(FILES, "one")
    [commit] = place.log()
    assert (commit.author[:2], commit.committer[:2]) == (("Ada", "ada@example.com"), ("Bot", "bot@example.com"))


def test_without_an_author_a_commit_is_the_token_s() -> None:
    place = DataBranch()
    place.store().write(FILES, "one")
    assert place.log()[0].author.name == "octocat"


def test_a_file_that_is_no_text_is_written_whole() -> None:
    place = DataBranch()
    place.store().write({"a.bin": bytes(range(256)), "b.json": "ü\r\n".encode()}, "one")
    assert place.files() == {"a.bin": bytes(range(256)), "b.json": "ü\r\n".encode()}


def test_many_files_are_several_trees_and_still_one_commit() -> None:
    place = DataBranch()
    files = {f"o/r/m/{n % 7}/{n}.json": b"%d" % n for n in range(1201)}
    place.store().write(files, "many")
    assert (len(place.log()), place.files()) == (1, files)
    assert place.fake.methods["POST"] == 4


def test_long_files_are_spread_over_several_trees() -> None:
    place = DataBranch()
    files = {f"{n}.json": b"x" * 900_000 for n in range(5)}
    place.store().write(files, "long")
    assert (len(place.log()), place.files(), place.fake.methods["POST"]) == (1, files, 4)


def test_the_writes_of_the_last_hour_are_told_with_every_commit() -> None:
    place = DataBranch()
    store = place.store()
    for number in range(3):
        store.write({f"{number}.json": b"1"}, "one")
        place.clock.move(1799)
    counts = [line["writes_last_hour"] for line in place.lines.lines if line["step"] == "commit"]
    assert counts == [3, 6, 9]
    place.clock.move(3600)
    store.write({"z.json": b"1"}, "one")
    assert place.lines.lines[-1]["writes_last_hour"] == 3


def test_a_branch_with_slashes_is_written_to() -> None:
    place = DataBranch(branch="data/main")
    place.repository.git.show("data/main", place.repository.git.head("main"))
    place.store().write(FILES, "one")
    assert place.files() == FILES
    assert place.repository.git.files("main") == {}


@pytest.mark.parametrize("part", [".git", ".GIT", "a/.git/b"])
def test_a_path_that_git_cannot_hold_is_permanent(part: str) -> None:
    place = DataBranch()
    with pytest.raises(PermanentError):
        place.store().write({part: b"1"}, "one")
    assert place.fake.requests == 0


def test_a_path_that_github_calls_malformed_is_permanent() -> None:
    place = DataBranch()
    place.fake.fail_at(*NEW_TREE, error(422, "tree.path contains a malformed path component"))
    with pytest.raises(PermanentError, match="git cannot hold"):
        place.store().write(FILES, "one")


# an empty repository


@pytest.mark.parametrize("branch", ["main", "data"])
def test_an_empty_repository_is_begun(branch: str) -> None:
    place = DataBranch(empty=True, branch=branch)
    store = place.store()
    assert (store.read("a.json"), list(store.list("")), store.changes(None)) == (None, [], ((), ""))
    assert store.write(FILES, "Store 2 events") is True
    assert place.files() == FILES
    assert store.changes("") == (tuple(sorted(FILES)), place.repository.git.head(branch))


def test_an_empty_repository_never_shows_a_receipt_before_its_record() -> None:
    place = DataBranch(empty=True)
    place.fake.fail_at(*NEW_TREE, Response(500))
    with pytest.raises(Unavailable):
        place.store().write(FILES, "one")
    assert list(place.files()) == ["o/r/m/2026-11-20/1.json"]
    assert place.store().write(FILES, "one") is True
    assert place.files() == FILES


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_at_the_beginning_is_outlasted(fault: Fault) -> None:
    place = DataBranch(empty=True)
    place.fake.fail_at("PUT", "contents/", fault)
    until_written(place, place.store(), FILES)
    assert place.files() == FILES
    assert place.fake.faults.pending == 0


def test_a_swap_begins_an_empty_repository_once() -> None:
    place = DataBranch(empty=True)
    assert place.store().compare_and_swap("_system/cursor", None, b"1")
    assert not place.store().compare_and_swap("_system/cursor", None, b"2")
    assert place.files() == {"_system/cursor": b"1"}


# faults


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_fault_at_any_call_is_outlasted_by_exactly_one_commit(call: tuple[str, str], fault: Fault) -> None:
    place = DataBranch()
    place.fake.fail_at(*call, fault)
    until_written(place, place.store(), FILES)
    assert place.fake.faults.pending == 0
    assert place.files() == FILES
    assert len(place.log()) == 1


@pytest.mark.parametrize("seed", range(40))
def test_faults_in_a_row_lose_nothing_and_make_no_empty_commit(seed: int) -> None:
    place, randomly = DataBranch(empty=seed % 5 == 0), random.Random(seed)
    store = place.store()
    everything: dict[str, bytes] = {}
    for batch in range(8):
        files = {
            f"o/r/m/{randomly.randrange(3)}/{batch}-{n}.json": b"%d\n" % n for n in range(randomly.randrange(1, 5))
        }
        for call in randomly.sample([*CALLS, MOVE, MOVE], 3):
            place.fake.fail_at(*call, *randomly.choices([*PASSING.values(), "stale"], k=randomly.randrange(3)))
        until_written(place, store, files)
        everything |= files
    assert place.files() == everything
    trees = [commit.tree for commit in place.repository.git.log("main")]
    assert all(newer != older for newer, older in pairwise(trees))
    assert all(len(commit.parents) <= 1 for commit in place.log())


def test_an_answer_that_was_lost_after_the_branch_moved_is_no_second_commit() -> None:
    place = DataBranch()
    place.fake.fail_at(*MOVE, Lost("cut"))
    assert place.store().write(FILES, "one") is True
    assert len(place.log()) == 1
    assert place.fake.methods["PATCH"] == 2


def test_a_move_that_another_writer_built_upon_is_recognised() -> None:
    place = DataBranch()
    store, other = place.store(), place.store()
    place.fake.fail_at(*MOVE, Lost("cut"))
    moved = store._git.move

    def move(commit: str) -> None:
        try:
            moved(commit)
        finally:
            if not place.files().keys() & {"other.json"}:
                other.write({"other.json": b"1"}, "other")

    store._git.move = move
    assert store.write(FILES, "one") is True
    assert [commit.message for commit in place.log()] == ["other", "one"]


def test_a_stale_head_is_not_built_upon() -> None:
    place = DataBranch()
    store = place.store()
    store.write({"1.json": b"1"}, "one")
    place.fake.fail_at(*HEAD, "stale")
    store.write({"2.json": b"1"}, "two")
    assert [commit.message for commit in place.log()] == ["two", "one"]
    assert place.fake.methods["PATCH"] == 2


def test_a_stale_head_does_not_hide_what_was_just_written() -> None:
    place = DataBranch()
    store = place.store()
    store.write({"1.json": b"1"}, "one")
    place.fake.fail_at(*HEAD, "stale", "stale", "stale")
    assert store.read("1.json") == b"1"
    assert store.list("") == ["1.json"]
    assert not store.compare_and_swap("1.json", None, b"2")


def test_a_branch_that_was_put_back_on_purpose_is_followed_after_a_moment() -> None:
    place = DataBranch()
    store = place.store()
    before = place.repository.git.head("main")
    store.write({"1.json": b"1"}, "one")
    place.repository.git.show("main", before)
    place.clock.move(6)
    store.write({"2.json": b"1"}, "two")
    assert place.files() == {"2.json": b"1"}


def test_a_head_that_moved_meanwhile_is_a_conflict_and_the_next_write_is_on_top() -> None:
    place = DataBranch()
    store = place.store()
    place.fake.fail_at(*HEAD, "stale")
    place.store().write({"other.json": b"1"}, "other")
    fresh = place.store()
    place.fake.fail_at(*HEAD, "stale")
    with pytest.raises(Conflict):
        fresh.write(FILES, "one")
    assert store.write(FILES, "one") is True
    assert [commit.message for commit in place.log()] == ["one", "other"]


def test_two_writers_of_one_branch_both_succeed() -> None:
    place = DataBranch()
    reasons: list[str] = []

    def write(name: str) -> None:
        store = place.store()
        for number in range(25):
            reasons.extend(until_written(place, store, {f"{name}/{number}.json": b"1"}, 200))

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(place.files()) == sorted(f"{name}/{n}.json" for name in ("a", "b") for n in range(25))
    assert len(place.log()) == 50
    assert all(len(commit.parents) == 1 for commit in place.log())
    assert all("another writer was faster" in reason for reason in reasons)


def test_a_swap_that_others_overtake_is_tried_again_from_the_new_head() -> None:
    place = DataBranch()
    store = place.store()
    place.fake.fail_at(*MOVE, error(422, "Update is not a fast forward"))
    assert store.compare_and_swap("lock", None, b"1")
    assert len(place.pauses) == 1


def test_a_swap_that_is_always_overtaken_is_a_conflict() -> None:
    place = DataBranch()
    place.fake.fail_at(*MOVE, *[error(422, "Update is not a fast forward")] * 6)
    with pytest.raises(Conflict):
        place.store().compare_and_swap("lock", None, b"1")


def test_a_swap_whose_answer_was_lost_is_won() -> None:
    place = DataBranch()
    place.fake.fail_at(*MOVE, Lost(Response(502)))
    assert place.store().compare_and_swap("lock", None, b"1")
    assert len(place.log()) == 1


def test_while_github_wants_no_requests_none_is_sent() -> None:
    place = DataBranch()
    store = place.store()
    place.fake.fail_at(*NEW_TREE, PASSING["secondary rate limit"])
    with pytest.raises(Unavailable, match="rate limit") as refused:
        store.write(FILES, "one")
    assert refused.value.retry_after == 7
    sent = place.fake.requests
    with pytest.raises(Unavailable):
        store.write(FILES, "one")
    assert place.fake.requests == sent
    place.clock.move(8)
    assert store.write(FILES, "one") is True


# refusals, each told apart, and mended


def mended(place: DataBranch, reason: str) -> None:
    """What is refused with this reason now is written once it was mended."""
    with pytest.raises(Unavailable) as refused:
        place.store().write(FILES, "one")
    assert not isinstance(refused.value, Conflict)
    assert reason in str(refused.value)
    assert TOKEN not in str(refused.value)


def written(place: DataBranch) -> None:
    place.clock.move(60)
    assert place.store().write(FILES, "one") is True
    assert place.files() == FILES


def test_a_missing_repository_is_named() -> None:
    place = DataBranch()
    taken = place.fake.world.delete(f"{OWNER}/{NAME}")
    mended(place, f"REPO_OWNER/REPO_NAME: {OWNER}/{NAME} does not exist")
    with pytest.raises(Unavailable, match="does not exist"):
        place.store().read("a.json")
    place.fake.world.restore(taken)
    written(place)


def test_an_archived_repository_is_named() -> None:
    place = DataBranch()
    place.repository.archived = True
    mended(place, "is archived")
    place.repository.archived = False
    written(place)


def test_a_protected_branch_is_named() -> None:
    place = DataBranch()
    place.repository.protected.add("main")
    mended(place, "the branch main of octo-org/telemetry-data is protected")
    place.repository.protected.clear()
    written(place)


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
    place = DataBranch()
    place.fake.fail_at(*MOVE, answer)
    mended(place, "is protected")
    written(place)


def test_a_token_that_may_only_read_is_told_which_right_it_lacks() -> None:
    place = DataBranch(token="reader")
    place.fake.readers.add("reader")
    mended(place, "may not write to octo-org/telemetry-data (GitHub asks for contents=write)")
    place.fake.readers.clear()
    place.fake.token = "reader"
    written(place)


def test_an_expired_token_is_named() -> None:
    place = DataBranch(token="old")
    mended(place, "REPO_WRITE_ACCESS_TOKEN")
    place.secrets.values["github-access-token/data"] = TOKEN
    written(place)


def test_a_token_that_was_renewed_is_found_without_a_wait() -> None:
    place = DataBranch(token="old")
    store = place.store()
    place.secrets.values["github-access-token/data"] = "old"
    with pytest.raises(Unavailable):
        store.read("a.json")
    place.secrets.values["github-access-token/data"] = TOKEN
    place.clock.move(RENEWAL_PAUSE)
    assert store.write(FILES, "one") is True


def test_a_missing_token_waits() -> None:
    place = DataBranch(token="unset")
    with pytest.raises(Unavailable, match="github-access-token/data"):
        place.store().write(FILES, "one")
    assert place.fake.requests == 0


def test_a_token_without_single_sign_on_is_told_so() -> None:
    place = DataBranch()
    place.fake.fail_at(
        *NEW_TREE, error(403, "Resource protected by organization SAML", {"X-GitHub-SSO": "required; url=x"})
    )
    mended(place, "single sign-on")
    written(place)


def test_a_missing_branch_is_named() -> None:
    place = DataBranch(branch="data")
    mended(place, "TARGET_BRANCH: octo-org/telemetry-data has no branch data")
    place.repository.git.show("data", place.repository.git.head("main"))
    written(place)


def test_a_branch_that_vanishes_while_it_is_written_to_is_named() -> None:
    place = DataBranch()
    place.fake.fail_at(*MOVE, error(422, "Reference does not exist"))
    mended(place, "has no branch main")
    written(place)


def test_a_renamed_repository_is_not_followed_but_named() -> None:
    place = DataBranch()
    place.fake.world.rename(f"{OWNER}/{NAME}", f"{OWNER}/moved")
    mended(place, f"was renamed or moved to {OWNER}/moved")
    assert place.repository.git.files("main") == {}


def test_a_repository_without_its_default_branch_is_an_empty_one() -> None:
    """As an emulator has it; GitHub itself answers 409."""
    place = DataBranch(empty=True)
    place.fake.fail_at(*HEAD, error(404, "Not Found"))
    assert place.store().write(FILES, "one") is True
    assert place.files() == FILES


@pytest.mark.parametrize("status", [400, 405, 410, 413, 418, 451, 504])
def test_whatever_else_github_answers_waits(status: int) -> None:
    place = DataBranch()
    place.fake.fail_at(*NEW_COMMIT, error(status, "Something"))
    mended(place, f"POST {API}/git/commits: {status}")
    written(place)


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
    place = DataBranch()
    place.fake.fail_at(*HEAD, Response(200, {"Content-Type": "application/json"}, json.dumps(body).encode()))
    mended(place, "")
    written(place)


# reads


def test_a_file_over_a_megabyte_is_read_raw() -> None:
    place = DataBranch()
    content = b"x" * 1_100_000
    place.store().write({"big.json": content}, "one")
    assert place.store().read("big.json") == content


def test_a_folder_reads_as_no_file() -> None:
    place = DataBranch()
    place.store().write(FILES, "one")
    assert place.store().read("o/r") is None


def test_a_list_reads_only_the_folder_of_its_prefix() -> None:
    place = DataBranch()
    place.store().write({"a/b/1.json": b"1", "c/2.json": b"1"}, "one")
    place.fake.methods.clear()
    assert place.store().list("a/b/") == ["a/b/1.json"]
    assert dict(place.fake.methods) == {"GET": 5}


def test_a_tree_that_is_too_large_for_one_answer_is_listed_by_its_folders() -> None:
    place = DataBranch()
    files = dict.fromkeys((f"{a}/{b}/{n}.json" for a in "xyz" for b in "uv" for n in range(5)), b"1")
    place.store().write(files, "many")
    place.fake.world.tree_limit = 10
    assert place.store().list("") == sorted(files)
    assert place.store().list("x/u/") == [f"x/u/{n}.json" for n in range(5)]


def test_a_folder_that_is_too_large_to_list_is_not_half_listed() -> None:
    place = DataBranch()
    place.store().write({f"x/{n}.json": b"1" for n in range(20)}, "many")
    place.fake.world.tree_limit = 10
    with pytest.raises(Unavailable, match="more than GitHub lists"):
        place.store().list("x/")


def test_changes_of_more_files_than_a_comparison_names_are_all_told() -> None:
    place = DataBranch()
    store = place.store()
    store.write({f"o/{n % 5}/{n}.json": b"1" for n in range(40)}, "first")
    _, cursor = store.changes(None)
    new = {f"o/{n % 9}/{n}-new.json": b"1" for n in range(400)} | {"o/1/1.json": b"2"}
    store.write(new, "second")
    assert store.changes(cursor)[0] == tuple(sorted(new))


@pytest.mark.parametrize("cursor", ["x", "0" * 40, "../..", ""])
def test_a_cursor_that_is_no_commit_of_ours_tells_everything(cursor: str) -> None:
    place = DataBranch()
    store = place.store()
    store.write(FILES, "one")
    assert store.changes(cursor)[0] == tuple(sorted(FILES))


def test_a_cursor_of_a_history_that_was_rewritten_misses_nothing() -> None:
    place = DataBranch()
    store = place.store()
    start = place.repository.git.head("main")
    store.write({"1.json": b"1"}, "one")
    _, cursor = store.changes(None)
    place.repository.git.show("main", start)
    place.clock.move(61)
    store.write({"2.json": b"1"}, "two")
    assert "2.json" in store.changes(cursor)[0]


def test_changes_since_a_history_that_was_put_back_are_told() -> None:
    place = DataBranch()
    store = place.store()
    store.write({"f.json": b"1"}, "one")
    before = place.repository.git.head("main")
    store.write({"f.json": b"2"}, "two")
    _, cursor = store.changes(None)
    place.repository.git.show("main", before)
    place.clock.move(6)
    assert store.changes(cursor)[0] == ("f.json",)


def test_a_move_whose_answer_is_about_something_else_is_asked_for_again() -> None:
    place = DataBranch()
    body = json.dumps({"ref": "refs/heads/main", "object": {"sha": "0" * 40, "type": "commit"}}).encode()
    place.fake.fail_at(*MOVE, Response(200, {"Content-Type": "application/json"}, body))
    assert place.store().write(FILES, "one") is True
    assert place.files() == FILES


def test_a_redirect_to_nowhere_readable_waits() -> None:
    place = DataBranch()
    place.fake.fail_at(*HEAD, Response(302, {"Location": "http://example.com/\xe4"}, b""))
    with pytest.raises(Unavailable):
        place.store().write(FILES, "one")


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_swaps_keep_to_the_budget(seconds: float) -> None:
    place = DataBranch()
    store = place.store()
    start, writes = place.clock.seconds(), 0
    while place.clock.seconds() - start < 3600:
        try:
            store.compare_and_swap("_system/cursor", store.read("_system/cursor"), str(place.clock()).encode())
        except Unavailable as refused:
            place.clock.move(refused.retry_after or 1)
        place.clock.move(seconds + 0.01)
        writes = place.fake.methods["POST"] + place.fake.methods["PATCH"]
    assert 300 < writes <= 500


def test_contents_that_are_no_text_keep_to_the_budget() -> None:
    place = DataBranch()
    start = place.clock.seconds()
    place.store().write({f"{n}.bin": b"\xff%d" % n for n in range(150)}, "many")
    assert place.clock.seconds() - start >= 60
