from datetime import date

import pytest

from core.account_kind import KINDS, account_kind, commit_author_kind
from core.ai_accounts import AI_ACCOUNTS, AI_ADDRESSES, AS_OF, OTHER
from core.assistants import ASSISTANTS


@pytest.mark.parametrize(
    ("login", "type", "kind"),
    [
        ("octocat", "User", "person"),
        ("Claude-Monet", "User", "person"),
        ("devin", "User", "person"),
        ("dependabot[bot]", "Bot", "bot"),
        ("dependabot", "Bot", "bot"),  # GraphQL names an App without `[bot]`
        ("renovate[bot]", None, "bot"),
        ("acme-release[bot]", "User", "bot"),
        ("copilot-pull-request-reviewer[bot]", "Bot", "bot"),
        ("copilot-swe-agent[bot]", "Bot", "agent"),
        ("copilot-swe-agent", "Bot", "agent"),
        ("Copilot", "Bot", "agent"),
        ("devin-ai-integration[bot]", "Bot", "agent"),
        ("devin-ai-integration", "Bot", "agent"),
        ("devin-ai-integration", "User", "person"),
        ("Google-Labs-Jules[bot]", "Bot", "agent"),
        ("cursoragent", "User", "agent"),
        ("ghost", "User", "unknown"),
        ("Ghost", None, "unknown"),
        (None, None, "unknown"),
        (None, "User", "unknown"),
        ("", "User", "unknown"),
        ("octo-org", "Organization", "unknown"),
        ("octo-import", "Mannequin", "unknown"),
        ("octocat", None, "unknown"),
    ],
)
def test_an_account_has_a_kind(login: str | None, type: str | None, kind: str) -> None:
    assert account_kind(login, type) == kind
    assert kind in KINDS


@pytest.mark.parametrize(
    ("login", "type", "email", "kind"),
    [
        ("octocat", "User", "noreply@anthropic.com", "person"),  # GitHub's account, not what the author wrote
        ("Copilot", "Bot", None, "agent"),
        ("ghost", "User", "49699333+dependabot[bot]@users.noreply.github.com", "unknown"),
        (None, None, "49699333+dependabot[bot]@users.noreply.github.com", "bot"),
        (None, None, "dependabot[bot]@users.noreply.github.com", "bot"),
        (None, None, "198982749+Copilot@users.noreply.github.com", "agent"),
        (None, None, "158243242+devin-ai-integration[bot]@users.noreply.github.com", "agent"),
        (None, None, "1+octocat@users.noreply.github.com", "unknown"),
        (None, None, "noreply@anthropic.com", "agent"),
        (None, None, "claude@voltron.example", "unknown"),
        (None, None, "mona@example.com", "unknown"),
        (None, None, "dependabot[bot]@example.com", "unknown"),
        (None, None, "@users.noreply.github.com", "unknown"),
        (None, None, "", "unknown"),
        (None, None, None, "unknown"),
    ],
)
def test_a_commit_s_author_is_known_by_github_s_account_first(
    login: str | None, type: str | None, email: str | None, kind: str
) -> None:
    assert commit_author_kind(login, type, email) == kind


def test_the_table_of_ai_accounts_is_dated_and_has_sources() -> None:
    assert date.fromisoformat(AS_OF)
    assert all(account.source.startswith("https://") for account in AI_ACCOUNTS.values())
    assert all(login == login.lower() for login in (*AI_ACCOUNTS, *AI_ADDRESSES))


def test_every_account_is_one_of_the_assistants() -> None:
    assert {account.assistant for account in AI_ACCOUNTS.values()} | set(AI_ADDRESSES.values()) <= {*ASSISTANTS, OTHER}
