import pytest

from cli.trial.failures import hidden_lists, one_line, too_many, used_up
from core.errors import AccessBlocked, NotFound, TelemetryError, TransientReadError, Unavailable

URL = "https://api.github.com"


@pytest.mark.parametrize(
    ("error", "reason", "step"),
    [
        (NotFound("GET /repos/o/r: 404"), "no such repository", "Check the spelling"),
        (Unavailable("GET /repos/o/r: 401: the source token is not valid"), "does not accept", "gh auth login"),
        (TransientReadError("GET /repos/o/r: 403 (rate limit)", 60.0), "rate limit", "Wait"),
        (Unavailable("GitHub allows no requests for now", 60.0), "rate limit", "Wait"),
        (TransientReadError("GET /repos/o/r: ConnectionError"), "cannot be read", "HTTPS_PROXY"),
        (AccessBlocked("GitHub blocks access to the repository (tos)"), "GitHub blocks access", ""),
    ],
)
def test_a_failure_is_one_line_with_the_reason_and_the_next_step(error: TelemetryError, reason: str, step: str) -> None:
    line = one_line(error, "o/r", "GH_TOKEN", URL)
    assert reason in line
    assert step in line
    assert "\n" not in line


def test_an_owner_that_github_does_not_show_is_called_an_account() -> None:
    assert "no such account" in one_line(NotFound("GET /users/o/repos: 404"), "o", "GH_TOKEN", URL)


def test_a_used_up_limit_names_the_time_of_its_end() -> None:
    assert "used up until " in used_up(1_795_172_400.0)


def test_too_few_requests_for_a_repository_are_announced_with_their_number() -> None:
    line = too_many(6_000, 4_990.0, 1_795_172_400.0)
    assert line is not None
    assert "4,990 more requests until " in line
    assert too_many(4_990, 4_990.0, 1_795_172_400.0) is None
    assert too_many(6_000, None, None) is None  # an Enterprise Server without limits


def test_a_404_for_what_every_repository_has_is_a_missing_right() -> None:
    absent = [
        ("deployments", "GET /repos/o/r/deployments: 404"),
        ("workflow runs", "GET /repos/o/r/actions/runs: 404"),
        ("incidents", "issues are off"),
        ("pull requests", "GET /repos/o/r/pulls: 409"),
    ]
    [line] = hidden_lists(absent)
    assert line.startswith("deployments: GET /repos/o/r/deployments: 404, which a token gets that may not read them")
