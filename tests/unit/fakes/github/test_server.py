"""Tests of the fake GitHub: pages, redirects and limits like GitHub's, and errors for unsupported requests."""

import base64
import json
from typing import Any

import pytest
import requests

from fakes.github.server import FakeGitHub, Response, UnknownRequest
from fakes.github.state import Commit, Deployment, DeploymentStatus, File, PullRequest, Submodule, Symlink
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW

REPO = "/repos/octo-org/hello-world"
COMMITS = f"{REPO}/pulls/2/commits"


@pytest.fixture
def fake() -> FakeGitHub:
    fake = FakeGitHub()
    fake.state.repository("octo-org/hello-world")
    return fake


def get(fake: FakeGitHub, path: str, **query: str) -> Response:
    return fake.answer("GET", path, query, {})


def parsed(answer: Response) -> Any:
    return json.loads(answer.body)


def with_commits(fake: FakeGitHub, number: int) -> None:
    commits = [Commit(f"{n:040x}", NOW, NOW) for n in range(number)]
    fake.state.repository("octo-org/hello-world").pulls[2] = PullRequest(commits)


# lists


def test_a_first_page_has_thirty_items_and_links_to_the_next_and_the_last(fake: FakeGitHub) -> None:
    with_commits(fake, 65)
    answer = get(fake, COMMITS)
    id = fake.state.repository("octo-org/hello-world").id
    further = f"<https://api.github.com/repositories/{id}/pulls/2/commits?page="
    assert len(parsed(answer)) == 30
    assert answer.headers["Link"] == f'{further}2>; rel="next", {further}3>; rel="last"'


def test_a_middle_page_links_to_all_four(fake: FakeGitHub) -> None:
    with_commits(fake, 65)
    links = requests.utils.parse_header_links(get(fake, COMMITS, page="2").headers["Link"])
    pages = {link["rel"]: link["url"].rpartition("page=")[2] for link in links}
    assert pages == {"prev": "1", "next": "3", "last": "3", "first": "1"}


def test_a_last_page_links_back(fake: FakeGitHub) -> None:
    with_commits(fake, 65)
    answer = get(fake, COMMITS, page="3")
    rels = [link["rel"] for link in requests.utils.parse_header_links(answer.headers["Link"])]
    assert (len(parsed(answer)), rels) == (5, ["prev", "first"])


@pytest.mark.parametrize(("per_page", "items"), [("100", 100), ("101", 100), ("1", 1), ("0", 30), ("x", 30)])
def test_a_page_holds_at_most_a_hundred_items(fake: FakeGitHub, per_page: str, items: int) -> None:
    with_commits(fake, 150)
    assert len(parsed(get(fake, COMMITS, per_page=per_page))) == items


def test_a_single_page_has_no_link(fake: FakeGitHub) -> None:
    with_commits(fake, 30)
    assert "Link" not in get(fake, COMMITS).headers


def test_a_list_is_available_by_repository_id(fake: FakeGitHub) -> None:
    with_commits(fake, 1)
    id = fake.state.repository("octo-org/hello-world").id
    assert get(fake, f"/repositories/{id}/pulls/2/commits") == get(fake, COMMITS)


def test_no_more_than_250_commits_are_listed(fake: FakeGitHub) -> None:
    with_commits(fake, 251)
    assert [len(parsed(get(fake, COMMITS, per_page="100", page=page))) for page in "123"] == [100, 100, 50]


def test_no_more_than_3000_files_are_listed(fake: FakeGitHub) -> None:
    files = [File(f"{n}.md") for n in range(3001)]
    fake.state.repository("octo-org/hello-world").pulls[2] = PullRequest(files=files)
    last = get(fake, f"{REPO}/pulls/2/files", per_page="100", page="30")
    beyond = get(fake, f"{REPO}/pulls/2/files", per_page="100", page="31")
    assert (parsed(last)[-1]["filename"], parsed(beyond)) == ("2999.md", [])


def test_deployments_are_listed_newest_first_and_by_their_environment(fake: FakeGitHub) -> None:
    listed = [Deployment(1, "production", NOW), Deployment(2, "staging", NOW), Deployment(3, "production", NOW)]
    fake.state.repository("octo-org/hello-world").deployments += listed
    deployments = parsed(get(fake, f"{REPO}/deployments", environment="production"))
    assert [(deployment["id"], deployment["environment"], deployment["created_at"]) for deployment in deployments] == [
        (3, "production", "2026-11-24T06:00:00Z"),
        (1, "production", "2026-11-24T06:00:00Z"),
    ]


def test_deployment_statuses_are_listed_newest_first(fake: FakeGitHub) -> None:
    statuses = tuple(DeploymentStatus(n, state, NOW + n) for n, state in enumerate(("in_progress", "success"), 7))
    fake.state.repository("octo-org/hello-world").deployments.append(
        Deployment(1, "production", NOW, statuses=statuses)
    )
    listed = parsed(get(fake, f"{REPO}/deployments/1/statuses"))
    assert [(status["id"], status["state"], status["environment"]) for status in listed] == [
        (8, "success", "production"),
        (7, "in_progress", "production"),
    ]
    assert get(fake, f"{REPO}/deployments/2/statuses").status == 404


def test_a_commit_without_a_person_has_no_author_and_no_dates(fake: FakeGitHub) -> None:
    fake.state.repository("octo-org/hello-world").pulls[2] = PullRequest([Commit("a" * 40, None, None, login=None)])
    [commit] = parsed(get(fake, COMMITS))
    people = (commit["author"], commit["committer"], commit["commit"]["author"], commit["commit"]["committer"])
    assert people == (None, None, None, None)


# names


def test_names_are_case_insensitive(fake: FakeGitHub) -> None:
    with_commits(fake, 1)
    assert get(fake, "/repos/OCTO-ORG/Hello-World/pulls/2/commits").status == 200


@pytest.mark.parametrize("path", ["/repos/octo-org/nothing/deployments", "/repositories/7/deployments", COMMITS])
def test_an_absent_object_is_a_404(fake: FakeGitHub, path: str) -> None:
    answer = get(fake, path)
    assert (answer.status, parsed(answer)["message"]) == (404, "Not Found")


def test_a_renamed_repository_leads_to_its_id(fake: FakeGitHub) -> None:
    repository = fake.state.repository("octo-org/hello-world")
    fake.state.rename("octo-org/hello-world", "octo-org/hello-moon")
    answer = get(fake, f"{REPO}/deployments", per_page="100")
    target = f"https://api.github.com/repositories/{repository.id}/deployments?per_page=100"
    assert (answer.status, answer.headers["Location"], parsed(answer)["url"]) == (301, target, target)
    assert get(fake, "/repos/octo-org/hello-moon/deployments").status == 200


# contents


def test_a_file_is_base64_in_lines_of_sixty(fake: FakeGitHub) -> None:
    fake.state.repository("octo-org/hello-world").put("a/b.bin", bytes(100))
    answer = parsed(get(fake, f"{REPO}/contents/a/b.bin"))
    lines = answer["content"].split("\n")
    assert [len(line) for line in lines] == [60, 60, 16, 0]
    assert (base64.b64decode(answer["content"]), answer["size"], answer["encoding"]) == (bytes(100), 100, "base64")


@pytest.mark.parametrize(("size", "encoding"), [(1024 * 1024, "base64"), (1024 * 1024 + 1, "none")])
def test_a_file_over_a_megabyte_has_no_content_but_raw(fake: FakeGitHub, size: int, encoding: str) -> None:
    fake.state.repository("octo-org/hello-world").put("big", bytes(size))
    answer = parsed(get(fake, f"{REPO}/contents/big"))
    raw = fake.answer("GET", f"{REPO}/contents/big", {}, {"accept": "application/vnd.github.raw+json"})
    assert (answer["encoding"], bool(answer["content"])) == (encoding, encoding == "base64")
    assert (answer["size"], raw.body) == (size, bytes(size))


def test_a_directory_is_the_list_of_what_is_directly_in_it(fake: FakeGitHub) -> None:
    repository = fake.state.repository("octo-org/hello-world")
    repository.put("docs/a.md", b"a")
    repository.put("docs/b/c.md", b"c")
    repository.put("docs/b/d.md", b"d")
    repository.put("docs/link", Symlink("nowhere"))
    repository.put("docs/part", Submodule("https://github.com/o/r.git"))
    repository.put("docs.md", b"")
    assert [(item["type"], item["path"]) for item in parsed(get(fake, f"{REPO}/contents/docs"))] == [
        ("file", "docs/a.md"),
        ("dir", "docs/b"),
        ("symlink", "docs/link"),
        ("submodule", "docs/part"),
    ]
    assert [item["path"] for item in parsed(get(fake, f"{REPO}/contents/"))] == ["docs", "docs.md"]


def test_a_symlink_is_the_file_it_leads_to_or_else_itself(fake: FakeGitHub) -> None:
    repository = fake.state.repository("octo-org/hello-world")
    repository.put("docs/here", Symlink("../a.md"))
    repository.put("docs/away", Symlink("/etc/passwd"))
    repository.put("a.md", b"a")
    internal, external = (parsed(get(fake, f"{REPO}/contents/docs/{name}")) for name in ("here", "away"))
    assert (internal["type"], base64.b64decode(internal["content"])) == ("file", b"a")
    assert (external["type"], external["target"]) == ("symlink", "/etc/passwd")


def test_a_ref_has_its_own_files(fake: FakeGitHub) -> None:
    repository = fake.state.repository("octo-org/hello-world")
    repository.put("a.md", b"")
    repository.put("b.md", b"", "v1")
    paths_and_refs = [("a.md", "main"), ("a.md", "v1"), ("b.md", "v1"), ("a.md", "v2")]
    assert [get(fake, f"{REPO}/contents/{path}", ref=ref).status for path, ref in paths_and_refs] == [
        200,
        404,
        200,
        404,
    ]


# tokens and faults


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"authorization": "Bearer right"}, 404)],
)
def test_a_required_token_must_be_shown(headers: dict[str, str], status: int) -> None:
    answer = FakeGitHub(token="right").answer("GET", f"{REPO}/deployments", {}, headers)
    assert answer.status == status


def test_faults_apply_in_order_and_once_each(fake: FakeGitHub) -> None:
    fake.fail(Response(502), "html")
    fake.fail("empty")
    answers = [get(fake, f"{REPO}/deployments") for _ in range(4)]
    assert [(answer.status, answer.body[:5]) for answer in answers] == [
        (502, b""),
        (200, b"<!DOC"),
        (200, b""),
        (200, b"[]"),
    ]
    assert fake.requests == 4


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "/", {}),
        ("GET", "/users", {}),
        ("GET", REPO, {"page": "1"}),
        ("DELETE", REPO, {}),
        ("GET", f"{REPO}/pulls/2/merge", {}),
        ("GET", f"{REPO}/pulls/two/commits", {}),
        ("GET", f"{REPO}/deployments/1", {}),
        ("POST", f"{REPO}/deployments", {}),
        ("HEAD", f"{REPO}/contents/a", {}),
        ("GET", f"{REPO}/deployments", {"sort": "asc"}),
        ("GET", COMMITS, {"ref": "main"}),
        ("GET", f"{REPO}/contents/a", {"page": "2"}),
    ],
)
def test_an_unsupported_request_is_an_error(fake: FakeGitHub, method: str, path: str, query: dict[str, str]) -> None:
    with pytest.raises(UnknownRequest):
        fake.answer(method, path, query, {})


def test_below_an_enterprise_path_nothing_else_is_answered(fake: FakeGitHub) -> None:
    fake.api_url = "https://github.example.com/api/v3"
    assert get(fake, f"/api/v3{REPO}/deployments").status == 200
    with pytest.raises(UnknownRequest):
        get(fake, f"{REPO}/deployments")


# the adapter


@pytest.fixture
def session(fake: FakeGitHub) -> requests.Session:
    session = requests.Session()
    session.mount("https://", FakeGitHubAdapter(fake))
    return session


def test_the_adapter_answers_as_the_fake_does(fake: FakeGitHub, session: requests.Session) -> None:
    with_commits(fake, 31)
    response = session.get(f"https://api.github.com{COMMITS}", params={"page": "2"})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert response.content == get(fake, COMMITS, page="2").body


def test_the_adapter_follows_a_rename(fake: FakeGitHub, session: requests.Session) -> None:
    with_commits(fake, 1)
    fake.state.rename("octo-org/hello-world", "octo-org/hello-moon")
    response = session.get(f"https://api.github.com{COMMITS}")
    assert (len(response.history), len(response.json())) == (1, 1)


@pytest.mark.parametrize(("fault", "kind"), [("cut", requests.ConnectionError), ("timeout", requests.ReadTimeout)])
def test_the_adapter_fails_as_a_connection_does(
    fake: FakeGitHub, session: requests.Session, fault: str, kind: type[Exception]
) -> None:
    fake.fail(fault)
    with pytest.raises(kind):
        session.get(f"https://api.github.com{COMMITS}")


def test_the_adapter_refuses_another_host(session: requests.Session) -> None:
    with pytest.raises(UnknownRequest):
        session.get("https://api.github.com.evil.example/repos/o/r/deployments")
