import pytest

from core.account_kind import account_kind, commit_author_kind


@pytest.mark.parametrize(
    ("login", "type", "kind"),
    [
        ("octocat", "User", "person"),
        ("ghost", "User", "unknown"),
        (None, None, "unknown"),
        ("dependabot[bot]", "Bot", "bot"),
        ("copilot-swe-agent[bot]", "Bot", "agent"),
    ],
)
def test_an_account_has_a_kind(login: str | None, type: str | None, kind: str) -> None:
    assert account_kind(login, type) == kind


def test_an_author_without_an_account_is_known_only_by_github_s_address() -> None:
    assert commit_author_kind(None, None, "49699333+dependabot[bot]@users.noreply.github.com") == "bot"
    assert commit_author_kind(None, None, "1+octocat@users.noreply.github.com") == "unknown"
