import pytest

from warehouse.hotfixes import has_word


@pytest.mark.parametrize("text", ["hotfix", "Hotfix/checkout", "prio: HOTFIX", "fix-hotfix_2", "release.hotfix"])
def test_a_whole_word_is_found_in_any_case(text: str) -> None:
    assert has_word(text, ["urgent", "hotfix"])


@pytest.mark.parametrize("text", ["hotfixes", "nohotfix", "hot fix", "hotfix2", "", None])
def test_a_part_of_a_word_is_not_found(text: str | None) -> None:
    assert not has_word(text, ["hotfix"])


def test_a_word_is_no_expression() -> None:
    assert has_word("type: c++", ["c++"])
    assert not has_word("anything", ["any.*"])


def test_without_words_nothing_is_found() -> None:
    assert not has_word("hotfix", [])
