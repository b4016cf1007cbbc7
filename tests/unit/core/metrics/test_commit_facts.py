import hashlib
from typing import Any

import pytest

from core.events import Repository
from core.metrics._commit_facts import CommitFacts, commit_facts, split_message
from core.payload import Fields
from tests.builders import NOW

REPOSITORY = Repository("octo-org", "hello-world", 1)
PERSON = {"login": "octocat", "type": "User"}


def facts(message: Any = "Change things", author: Any = PERSON, at: int | None = NOW, **git: Any) -> CommitFacts:
    commit = {"message": message, "author": {"name": "Octo Cat", "email": "octocat@example.com", **git}}
    return commit_facts(Fields({"sha": "1" * 40, "author": author, "commit": commit}), at, REPOSITORY)


def test_an_ordinary_commit_has_the_facts_of_its_message() -> None:
    expected = hashlib.sha256(f"{NOW}\nChange things".encode()).hexdigest()[:16]
    assert facts() == CommitFacts("person", [], expected, "other", 0, None, None, None)


@pytest.mark.parametrize(
    ("author", "kind"),
    [
        (PERSON, "person"),
        ({"login": "dependabot[bot]", "type": "Bot"}, "bot"),
        ({"login": "copilot-swe-agent[bot]", "type": "Bot"}, "agent"),
        (None, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_kind_of_the_author_is_that_of_the_linked_account(author: Any, kind: str) -> None:
    assert facts(author=author).author_kind == kind


def test_an_unlinked_bot_is_known_by_its_address() -> None:
    address = "49699333+dependabot[bot]@users.noreply.github.com"
    assert facts(author=None, email=address).author_kind == "bot"


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Add x (#12)", 12),
        ("Add x (#12)\n\nFixes #13 (#14)", 12),
        ("Add x (#12) (#34)", 34),
        ('Revert "Add x (#12)" (#13)', 13),
        ('Revert "Add x (#12)"', None),
        ("Add x (#12) again", None),
        ("Add x #12", None),
        ("Add x\n\n(#12)", None),
        ("Add x (#12)\r\nmore", 12),
        ("\n\n  Add x (#12)  \nmore", 12),
        ("Add x (#" + "1" * 16 + ")", None),
        ("Add x (#٣)", None),
        ("", None),
    ],
)
def test_the_number_of_a_commit_is_at_the_end_of_its_first_line(message: str, number: int | None) -> None:
    assert facts(message).number == number


def test_a_revert_names_what_it_takes_back() -> None:
    message = 'Revert "Add x (#12)" (#13)\n\nThis reverts commit 0123456789abcdef.'
    revert = facts(message)
    assert (revert.title_kind, revert.revert_depth) == ("revert", 1)
    assert (revert.reverts_sha, revert.reverts_number) == ("0123456789abcdef", 12)


def test_a_revert_inside_a_squash_is_not_one_of_the_squash() -> None:
    squash = facts('Add y (#14)\n\n* Add x\n\n* Revert "Add x"\n\nThis reverts commit 0123456789abcdef.')
    assert (squash.title_kind, squash.reverts_sha) == ("other", None)


def test_a_revert_of_another_repository_has_no_number() -> None:
    assert facts('Revert "Add x"\n\nReverts acme/other#12').reverts_number is None
    assert facts('Revert "Add x"\n\nReverts octo-org/hello-world#12').reverts_number == 12


def test_the_assistants_are_those_of_the_whole_message() -> None:
    trailer = "Co-authored-by: Claude <noreply@anthropic.com>"
    assert facts(f"Add x\n\nSome words.\n\n{trailer}").assistants == ["claude"]


def test_a_rebased_commit_keeps_its_fingerprint() -> None:
    assert facts("Add x").fingerprint == facts("Add x (#12)\n\nmore").fingerprint
    assert facts("Add x").fingerprint != facts("Add x", at=NOW + 1000).fingerprint
    assert facts("Add x", at=None).fingerprint is None


@pytest.mark.parametrize("commit", [None, {}, {"message": None}])
def test_a_commit_without_a_message_has_unknown_facts(commit: Any) -> None:
    listed = Fields({"sha": "1" * 40, "author": PERSON, "commit": commit})
    assert commit_facts(listed, NOW, REPOSITORY) == CommitFacts("person", *[None] * 7)


@pytest.mark.parametrize(
    ("message", "parts"),
    [("a\nb", ("a", "\nb")), ("a", ("a", "")), ("", ("", "")), ("\n a \r\nb", ("a", "\r\nb")), ("a\rb", ("a", "\rb"))],
)
def test_a_message_is_split_after_its_first_line(message: str, parts: tuple[str, str]) -> None:
    assert split_message(message) == parts
