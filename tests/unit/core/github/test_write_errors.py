"""Rejected writes: each response of GitHub becomes one exception, whose message names the setting or permission to fix.

The messages are GitHub's own: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api and
https://docs.github.com/en/rest/git/refs.
"""

import pytest
import requests

from core.errors import Conflict, PermanentError, Unavailable
from core.github.write_errors import TOKEN, WriteErrorMapper, says
from fakes.github.faults import Fault
from fakes.github.server import Response, error
from tests.git_branch import API, NAME, OWNER, DataBranch

REPO = f"{OWNER}/{NAME}"
RENAMED = {"Location": "https://api.github.com/repositories/1"}
EXHAUSTED = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795500090"}


class Repository:
    """The data repository, and a mapper of its error responses."""

    def __init__(self, branch: str = "main") -> None:
        self.data = DataBranch()
        self.api = self.data.api()
        self.mapper = WriteErrorMapper(self.api, OWNER, NAME, branch)

    def respond(self, response: Fault, method: str = "POST", endpoint: str = "git/trees") -> requests.Response:
        """Return a response of GitHub to a request of the data repository."""
        self.data.fake.fail_at(method, endpoint, response)
        return self.api.send(method, f"{self.api.url}{API}/{endpoint}", redirects=False)

    def map(self, response: Fault, method: str = "POST", endpoint: str = "git/trees") -> Exception:
        """Return the exception of a response."""
        return self.mapper.to_exception(self.respond(response, method, endpoint))


MOVE = ("PATCH", "git/refs/heads/main")
READ = ("GET", "git/ref/heads/main")
CREATE = ("POST", "git/refs")
TREE = ("POST", "git/trees")
PROTECTED = f"the branch main of {REPO} is protected: "
ARCHIVED = f"{REPO} is archived and so read-only"
READ_ONLY = f"{TOKEN} may not write to {REPO}"
NO_BRANCH = f"TARGET_BRANCH: {REPO} has no branch main"


@pytest.mark.parametrize(
    ("call", "response", "reason"),
    [
        (TREE, error(401, "Bad credentials"), f"{TOKEN} is not valid or has expired"),
        (TREE, error(403, "Repository was archived so is read-only."), ARCHIVED),
        (TREE, error(422, "Repository was archived so is read-only."), ARCHIVED),
        (
            MOVE,
            error(422, "Repository rule violations found\n\nChanges must be made through a pull request."),
            PROTECTED,
        ),
        (MOVE, error(422, "Commits must have verified signatures."), PROTECTED),
        (MOVE, error(409, "Protected branch update failed"), PROTECTED),
        (MOVE, error(403, "You're not authorized to push to this branch"), PROTECTED),
        (MOVE, error(422, "Reference does not exist"), NO_BRANCH),
        (READ, error(404, "Not Found"), NO_BRANCH),
        (MOVE, error(404, "Not Found"), NO_BRANCH),
        (
            ("GET", "tarball/0123"),
            error(404, "Not Found"),
            f"the data repository: GET {API}/tarball/0123: 404: GitHub does not have it, or {TOKEN} may not read it",
        ),
        (TREE, error(404, "Not Found"), READ_ONLY),
        (CREATE, error(404, "Not Found"), READ_ONLY),
        (TREE, error(403, "Resource not accessible by personal access token"), READ_ONLY),
        (
            TREE,
            error(403, "Forbidden", {"X-GitHub-SSO": "required; url=x"}),
            f"{TOKEN} is not authorized for the single",
        ),
        (TREE, error(418, "I'm a teapot"), f"the data repository: POST {API}/git/trees: 418"),
        (TREE, error(502, "Server Error"), f"the data repository: POST {API}/git/trees: 502"),
    ],
)
def test_a_rejection_is_unavailable_with_a_reason(call: tuple[str, str], response: Response, reason: str) -> None:
    exception = Repository().map(response, *call)
    assert type(exception) is Unavailable
    assert str(exception).startswith(reason)


@pytest.mark.parametrize(
    ("call", "response"),
    [
        (TREE, error(409, "Conflict")),
        (MOVE, error(409, "Reference cannot be updated")),
        (MOVE, error(422, "Update is not a fast forward")),
        (MOVE, error(422, "Update is not a fast-forward")),
        (MOVE, error(422, "Object does not exist")),
        (TREE, error(422, "base_tree is not a valid tree oid")),
        (("PUT", "contents/a.json"), error(409, "a.json does not match 0123")),
    ],
)
def test_a_faster_writer_is_a_conflict(call: tuple[str, str], response: Response) -> None:
    exception = Repository().map(response, *call)
    assert type(exception) is Conflict
    assert str(exception) == f"another writer changed it first: {call[0]} {API}/{call[1]}: {response.status}"


def test_a_path_that_git_does_not_allow_is_permanent() -> None:
    exception = Repository().map(error(422, "tree.path contains a malformed path component"))
    assert type(exception) is PermanentError


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (error(403, "You have exceeded a secondary rate limit", {"Retry-After": "7"}), 7.0),
        (error(429, "Too many requests", {"Retry-After": "90"}), 90.0),
        (error(403, "API rate limit exceeded", EXHAUSTED), 90.0),
        (error(403, "You have exceeded a secondary rate limit"), 60.0),
    ],
)
def test_a_rate_limit_is_unavailable_until_it_ends(response: Response, seconds: float) -> None:
    repository = Repository()
    exception = repository.map(response)
    assert isinstance(exception, Unavailable)
    assert ("rate limit" in str(exception), exception.retry_after) == (True, seconds)
    with pytest.raises(Unavailable) as blocked:
        repository.api.send("GET", f"{repository.api.url}{API}")
    assert blocked.value.retry_after == seconds


def test_retry_after_of_an_outage_is_passed_on() -> None:
    exception = Repository().map(error(503, "Service Unavailable", {"Retry-After": "30"}))
    assert isinstance(exception, Unavailable)
    assert exception.retry_after == 30


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_renamed_repository_is_named(status: int) -> None:
    repository = Repository()
    repository.data.fake.state.rename(REPO, "octo-org/new-name")
    exception = repository.map(error(status, "Moved", RENAMED))
    assert str(exception) == (
        f"REPO_OWNER/REPO_NAME: {REPO} was renamed or moved to octo-org/new-name (POST {API}/git/trees: {status}): set both again"
    )


def test_a_redirect_of_an_unchanged_repository_has_no_new_name() -> None:
    assert "renamed or moved (" in str(Repository().map(error(307, "Moved", RENAMED)))


def test_a_repository_that_the_token_cannot_see_is_named() -> None:
    repository = Repository()
    response = repository.respond(error(404, "Not Found"))
    repository.data.fake.state.delete(REPO)
    exception = repository.mapper.to_exception(response)
    assert str(exception).startswith(f"REPO_OWNER/REPO_NAME: {REPO} does not exist, or {TOKEN} may not see it")


@pytest.mark.parametrize(("field", "reason"), [("archived", ARCHIVED), ("disabled", f"{REPO} is disabled by GitHub")])
def test_a_blocked_repository_is_named(field: str, reason: str) -> None:
    repository = Repository()
    repository.data.fake.fail_at("GET", f"{API}$", Response(200, {}, b'{"%s":true}' % field.encode()))
    assert str(repository.map(error(404, "Not Found"))).startswith(reason)


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("contents=write", " (GitHub asks for contents=write)"),
        ("contents=write; workflows=write", " (GitHub asks for contents=write)"),
        ("", ""),
        ("<b>x</b>", ""),
        ("contents=write, token=1", ""),
    ],
)
def test_the_missing_permission_is_named_if_it_looks_like_one(header: str, hint: str) -> None:
    response = error(403, "Resource not accessible", {"X-Accepted-GitHub-Permissions": header})
    assert str(Repository().map(response)).startswith(f"{READ_ONLY}{hint}: it needs Contents: read and write")


@pytest.mark.parametrize("fault", ["cut", "timeout", "html", Response(500), Response(200, {}, b"{")], ids=repr)
def test_an_unreadable_repository_is_unavailable(fault: Fault) -> None:
    repository = Repository()
    response = repository.respond(error(404, "Not Found"))
    repository.data.fake.fail_at("GET", f"{API}$", fault)
    with pytest.raises(Unavailable, match=r"^the data repository: "):
        repository.mapper.to_exception(response)


@pytest.mark.parametrize(("branch", "is_default"), [("main", True), ("other", False)])
def test_the_default_branch_is_recognised(branch: str, is_default: bool) -> None:  # noqa: FBT001 (a parameter)
    assert Repository(branch).mapper.is_default_branch() is is_default


def test_a_missing_repository_has_no_default_branch() -> None:
    repository = Repository()
    repository.data.fake.state.delete(REPO)
    assert repository.mapper.is_default_branch() is False


def test_phrases_are_matched_in_any_case_at_the_beginning_of_a_body() -> None:
    response = Repository().respond(error(422, "PROTECTED Branch update failed"))
    assert (says(response, "protected branch"), says(response, "fast forward", "archived")) == (True, False)
