from typing import Any

import pytest

from core.errors import MalformedPayload, NotAvailable, PermanentError, TransientReadError, Unavailable
from core.metrics.documentation_updated import METRIC
from tests.builders import webhook
from tests.unit.core.metrics.fakes import FakeGitHub, output, recorded, wants

PATH = "/repos/octo-org/hello-world/pulls/2/files"
FOLDER = "octo-org/hello-world/documentation-updated"
CLOSED = 1795167000000
SHA = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"


def file(name: str, status: str | None = "modified") -> dict[str, Any]:
    return {"filename": name, "status": status, "additions": 1, "deletions": 0, "changes": 1}


def listing(*items: Any) -> FakeGitHub:
    return FakeGitHub({PATH: list(items)})


def markdown(*names: str, status: str = "modified") -> int:
    github = listing(*(file(name, status) for name in names))
    count: int = output(METRIC, webhook("pull_request_merged"), github)["pr_files"]["md_files_changed"]
    return count


def test_a_merged_pull_request_is_recorded_to_the_field() -> None:
    github = listing(file("docs/a.md"), file("src/a.py"), file("NEW.md", "added"), file("old.md", "removed"))

    record = recorded(METRIC, webhook("pull_request_merged"), github)

    assert record.event.output == {
        "pr_id": 279147437,
        "head_sha": SHA,
        "pr_files": {"over_100_files": False, "md_files_changed": 2},
        "paths": {"names": ["NEW.md", "docs/", "old.md", "src/"], "cut": False},
    }
    assert list(record.event.output) == ["pr_id", "head_sha", "pr_files", "paths"]
    assert record.path == f"{FOLDER}/2026-11-20/279147437-{CLOSED}.json"
    assert record.event.id == f"{FOLDER}/279147437-{CLOSED}"
    assert (record.event.status, record.event.anomalies) == ("success", [])
    assert github.asked == [(PATH, {})]


def test_a_pull_request_that_was_closed_without_merging_is_ignored() -> None:
    assert not wants(METRIC, webhook("pull_request_closed"))


@pytest.mark.parametrize("action", ["opened", "synchronize", None, ...])
def test_a_merged_pull_request_that_was_not_closed_just_now_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("pull_request_merged", action=action))


@pytest.mark.parametrize("name", ["README.MD", "ReadMe.Md", "docs/übersicht.md", "a b.md", ".md", "x.html.md"])
def test_a_name_ending_in_md_of_any_case_is_markdown(name: str) -> None:
    assert markdown(name) == 1


@pytest.mark.parametrize("name", ["README", "md", "a.mdx", "a.md.txt", "docs.md/a.py", "a.markdown.html", "amd"])
def test_any_other_name_is_not_markdown(name: str) -> None:
    assert markdown(name) == 0


def test_a_removed_markdown_file_is_not_an_updated_one() -> None:
    assert markdown("README.md", "docs/a.MD", status="removed") == 0


@pytest.mark.parametrize("status", ["added", "modified", "renamed", "changed", "copied", None])
def test_a_markdown_file_that_is_still_there_is_an_updated_one(status: str) -> None:
    assert markdown("README.md", status=status) == 1


@pytest.mark.parametrize(("amount", "over"), [(0, False), (30, False), (99, False), (100, False), (101, True)])
def test_over_100_files_is_counted_and_not_guessed(amount: int, over: bool) -> None:  # noqa: FBT001
    github = listing(*[file("a.py")] * amount)

    assert output(METRIC, webhook("pull_request_merged"), github)["pr_files"]["over_100_files"] is over


def test_over_100_files_is_not_guessed_from_the_payload() -> None:
    payload = webhook("pull_request_merged", pull_request__changed_files=500)

    assert output(METRIC, payload, listing(file("a.md")))["pr_files"] == {
        "over_100_files": False,
        "md_files_changed": 1,
    }


def test_markdown_is_counted_over_all_pages() -> None:
    github = listing(*[file("a.py")] * 150, *[file("a.md")] * 150)

    assert output(METRIC, webhook("pull_request_merged"), github)["pr_files"] == {
        "over_100_files": True,
        "md_files_changed": 150,
    }


def test_where_github_stops_at_3000_files_the_list_is_marked_as_truncated() -> None:
    payload = webhook("pull_request_merged", pull_request__changed_files=3001)

    record = recorded(METRIC, payload, listing(*[file("a.md")] * 3000))

    assert record.event.output["pr_files"] == {"over_100_files": True, "md_files_changed": 3000}
    assert (record.event.anomalies, record.event.status) == (["file_list_truncated"], "success")


@pytest.mark.parametrize("total", [3000, None])
def test_exactly_3000_files_are_not_truncated(total: int | None) -> None:
    payload = webhook("pull_request_merged", pull_request__changed_files=total)

    assert recorded(METRIC, payload, listing(*[file("a.md")] * 3000)).event.anomalies == []


def test_a_file_without_a_name_is_named_by_its_index() -> None:
    with pytest.raises(MalformedPayload, match=r"^files\[1\]\.filename: expected a string, got nothing"):
        recorded(METRIC, webhook("pull_request_merged"), listing(file("a.md"), {"status": "added"}))


@pytest.mark.parametrize("failed_reads", [0, 3])
def test_a_read_that_fails_is_tried_again_before_the_last_try(failed_reads: int) -> None:
    with pytest.raises(TransientReadError, match="timeout"):
        recorded(
            METRIC, webhook("pull_request_merged"), listing(TransientReadError("timeout")), failed_reads=failed_reads
        )


@pytest.mark.parametrize(
    "listed", [[TransientReadError("timeout")], [file("a.md"), TransientReadError("page 2: timeout")]]
)
def test_on_the_last_try_a_failed_read_is_stored_with_nulls(listed: list[Any]) -> None:
    record = recorded(METRIC, webhook("pull_request_merged"), listing(*listed), failed_reads=4)

    assert record.event.output == {"pr_id": 279147437, "head_sha": SHA, "pr_files": None, "paths": None}
    assert record.event.status == "networkError"
    assert record.path == f"{FOLDER}/2026-11-20/279147437-{CLOSED}.partial.json"
    assert record.event.id == f"{FOLDER}/279147437-{CLOSED}"


@pytest.mark.parametrize("error", [Unavailable("our token"), PermanentError("404")])
def test_only_a_passing_failure_ever_becomes_a_network_error(error: Exception) -> None:
    with pytest.raises(type(error)):
        recorded(METRIC, webhook("pull_request_merged"), listing(error), failed_reads=9)


@pytest.mark.parametrize("listed", [[], [file("README.md")]])
def test_files_that_github_cannot_compute_are_null_with_an_anomaly(listed: list[Any]) -> None:
    record = recorded(METRIC, webhook("pull_request_merged"), listing(*listed, NotAvailable("GET: 422")))

    assert record.event.output == {"pr_id": 279147437, "head_sha": SHA, "pr_files": None, "paths": None}
    assert (record.event.status, record.event.anomalies) == ("success", ["diff_not_available"])
    assert not record.path.endswith(".partial.json")


def test_without_times_it_is_undated() -> None:
    payload = webhook("pull_request_merged", pull_request__closed_at=None, pull_request__updated_at=...)

    assert recorded(METRIC, payload, listing()).path == f"{FOLDER}/undated/279147437.json"


def test_an_id_beyond_2_to_the_53_stays_exact() -> None:
    record = recorded(METRIC, webhook("pull_request_merged", pull_request__id=2**53 + 1), listing())

    assert (record.event.output["pr_id"], record.event.id) == (2**53 + 1, f"{FOLDER}/9007199254740993-{CLOSED}")


def places(*files: Any, **payload: Any) -> tuple[Any, list[str]]:
    """The recorded paths, and the anomalies."""
    event = recorded(METRIC, webhook("pull_request_merged", **payload), listing(*files)).event
    return event.output["paths"], event.anomalies


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("README.md", "README.md"),
        ("docs/a.md", "docs/"),
        ("services/api/main.py", "services/api/"),
        ("services/api/src/deep/main.py", "services/api/"),
        (".github/workflows/ci.yml", ".github/workflows/"),
        ("a b/ü/x.py", "a b/ü/"),
    ],
)
def test_a_place_is_a_folder_of_two_levels_or_a_file_in_the_root(name: str, place: str) -> None:
    assert places(file(name)) == ({"names": [place], "cut": False}, [])


def test_a_place_is_listed_once_and_removed_files_count() -> None:
    files = [file("b/x/1.py", "removed"), file("a/1.py"), file("b/x/2.py"), file("a/2.py")]
    assert places(*files)[0]["names"] == ["a/", "b/x/"]


def test_a_moved_file_changes_both_places_and_a_copied_one_only_its_own() -> None:
    moved = file("new/a/1.py", "renamed") | {"previous_filename": "old/a/1.py"}
    copied = file("copy/a/1.py", "copied") | {"previous_filename": "source/a/1.py"}
    assert places(moved, copied)[0]["names"] == ["copy/a/", "new/a/", "old/a/"]


def test_a_pull_request_without_files_has_no_places() -> None:
    assert places() == ({"names": [], "cut": False}, [])


@pytest.mark.parametrize(("amount", "cut"), [(100, False), (101, True)])
def test_beyond_100_places_the_list_is_cut(amount: int, cut: bool) -> None:  # noqa: FBT001
    paths, anomalies = places(*[file(f"{number:03}/x.py") for number in range(amount)], file("000/y.py"))
    assert (len(paths["names"]), paths["cut"]) == (100, cut)
    assert anomalies == ["paths_truncated"] * cut


@pytest.mark.parametrize(("changed", "cut"), [(3000, False), (3001, True), (None, True)])
def test_files_that_github_may_not_have_listed_cut_the_places(changed: Any, cut: bool) -> None:  # noqa: FBT001
    paths, _ = places(*[file("a/1.py")] * 3000, pull_request__changed_files=changed)
    assert paths == {"names": ["a/"], "cut": cut}


def test_a_path_that_is_too_long_is_cut_off_the_list() -> None:
    files = [{"filename": f"{'a' * 300}/b/c.md", "status": "modified"}, {"filename": "x/y/z.md", "status": "modified"}]
    event = recorded(METRIC, webhook("pull_request_merged"), listing(*files)).event
    assert event.output["paths"] == {"names": ["x/y/"], "cut": True}
    assert "paths_truncated" in event.anomalies
