import json
from typing import Any

import pytest
import requests
from requests.structures import CaseInsensitiveDict

from cli.setup.webhook_errors import explain_read, explain_write
from core.errors import AccessBlocked, MissingPermission, NotFound, TransientReadError, Unavailable

ORGANISATION, REPOSITORY = "octo-org", "octo-org/hello-world"
LACKS = "Resource not accessible by personal access token"


def refusal(status: int, body: Any = None, **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url = status, "https://api.github.com/hooks"
    response.request = requests.Request("POST", response.url).prepare()
    response.headers = CaseInsensitiveDict(headers)
    response._content = json.dumps(body).encode() if body is not None else b"<html>"
    return response


def explained(owner: str, status: int, body: Any = None, **headers: str) -> str:
    return str(explain_write(owner, refusal(status, body, **headers), "POST /hooks"))


def test_a_404_names_the_typo_and_the_missing_permission() -> None:
    repository, organisation = (explained(owner, 404, {"message": "Not Found"}) for owner in (REPOSITORY, ORGANISATION))
    assert repository.startswith(
        "octo-org/hello-world: there is no such repository, or the token may not administer its"
    )
    assert "`admin:repo_hook`" in repository
    assert organisation.startswith("octo-org: there is no such organisation (a person's account has no webhooks: name ")
    assert "*Webhooks: read and write* of the organisation, or classic `admin:org_hook`" in organisation


def test_a_403_is_a_missing_permission_only_if_github_says_so() -> None:
    assert explained(REPOSITORY, 403, {"message": LACKS}).startswith(
        "octo-org/hello-world: the token may not administer its webhooks"
    )
    archived = explained(REPOSITORY, 403, {"message": "Repository was archived so is read-only."})
    assert archived == (
        "octo-org/hello-world: POST /hooks: GitHub answered 403: Repository was archived so is read-only."
    )
    single_sign_on = explained(ORGANISATION, 403, {"message": "x"}, **{"X-GitHub-SSO": "required; url=https://x"})
    assert "single sign-on" in single_sign_on
    assert "administer" not in single_sign_on


def test_a_401_is_the_token_and_nothing_else() -> None:
    assert explained(REPOSITORY, 401, {"message": "Bad credentials"}) == (
        "GITHUB_ACCESS_TOKEN is not valid or has expired (POST /hooks: 401)"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"message": "Validation Failed", "errors": [{"message": "Hook already exists"}]}, ": Hook already exists"),
        ({"message": "Validation Failed", "errors": ["x" * 999]}, ": " + "x" * 200),
        ({"message": "Validation Failed", "errors": "odd"}, ": Validation Failed"),
        ([], ""),
        (None, ""),
    ],
)
def test_other_refusals_quote_github(body: Any, reason: str) -> None:
    assert explained(REPOSITORY, 422, body) == f"octo-org/hello-world: POST /hooks: GitHub answered 422{reason}"


def test_a_read_names_only_the_causes_of_its_error() -> None:
    absent = str(explain_read(ORGANISATION, NotFound("GET /orgs/octo-org/hooks: 404")))
    assert "there is no such organisation" in absent
    assert absent.endswith("(GET /orgs/octo-org/hooks: 404)")
    lacks = str(explain_read(ORGANISATION, MissingPermission("GET: 403: the source token lacks a right")))
    assert "there is no such" not in lacks
    assert lacks.startswith("octo-org: the token may not administer its webhooks")
    assert str(explain_read(REPOSITORY, AccessBlocked("blocked"))) == "octo-org/hello-world: blocked"
    for error in (TransientReadError("GET: 503"), Unavailable("GET: 401: the source token is not valid")):
        assert explain_read(REPOSITORY, error) is error
