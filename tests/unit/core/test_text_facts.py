import pytest

from core.text_facts import Cause, Reverts, TitleFacts, cause, closes, fingerprint, reverts, title_facts


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('Revert "x (#12)"', ("revert", 1)),
        ('Revert "Revert "x""', ("reapply", 2)),
        ('Reapply "x"', ("reapply", 2)),
        ('Revert "Reapply "x""', ("revert", 3)),
        ("revert: x", ("revert", 1)),
        ("Revert(scope)!: x", ("revert", 1)),
        ("HOTFIX: x", ("hotfix", 0)),
        ("hotfixes of the week", ("other", 0)),
        ('x\n\nRevert "y"', ("other", 0)),
    ],
)
def test_a_first_line_has_a_kind(line: str, expected: tuple[str, int]) -> None:
    assert title_facts(line) == TitleFacts(*expected)


def test_a_revert_names_its_commit_and_its_pull_request() -> None:
    assert reverts('Revert "x (#12)"', "This reverts commit ABCDEF1.", None, "o", "r") == Reverts("abcdef1", 12)


def test_a_text_closes_issues_of_its_repository() -> None:
    text = "fixes #1, closes O/r#2 resolves https://github.com/o/r/issues/3 fixes a/b#4"
    assert closes(text, "o", "r") == [1, 2, 3]


def test_an_incident_names_its_cause() -> None:
    assert cause("caused by #3") == Cause(None, 3)


def test_a_number_at_the_end_does_not_change_the_fingerprint() -> None:
    assert fingerprint(1, "a (#3)") == fingerprint(1, "a") != fingerprint(2, "a")
