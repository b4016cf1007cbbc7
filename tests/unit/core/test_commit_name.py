import pytest

from core.commit_name import goes_on, is_commit_name


@pytest.mark.parametrize(
    "sha",
    ["ec26c3e", "1234567", "20241345", "2024011", "deadbeef", "0123456789", "1" * 40, "20240115" * 5, "20240115" * 8],
)
def test_an_abbreviation_or_a_complete_name_can_be_a_commit(sha: str) -> None:
    assert is_commit_name(sha)


@pytest.mark.parametrize(
    "text",
    [
        "20240115",
        "19991231",
        "15012024",
        "01152024",
        "2024011501",
        "202401151030",
        "20240115a3f",
        "1700000000",
        "1700000000000",
    ],
)
def test_a_date_or_a_time_is_no_commit(text: str) -> None:
    assert not is_commit_name(text)


@pytest.mark.parametrize("following", ["-e29b-41d4", ".2", ".example.com", ",890", "@host", "/x", ":8080", "%", "::1"])
def test_a_part_of_a_longer_word_is_no_commit(following: str) -> None:
    assert goes_on(following)


@pytest.mark.parametrize(
    "following", ["", ".", ". Then", ", and", ")", "`", "..def5678", "...def5678", " requests", ":\n", "\n"]
)
def test_the_end_of_a_sentence_or_a_range_ends_a_commit(following: str) -> None:
    assert not goes_on(following)
