import pytest

from core.visible_text import visible_text, without_details


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a <!-- b --> c", "a  c"),
        ("a <!-- b\nc --> d <!-- e --> f", "a  d  f"),
        ("a <!-- b", "a <!-- b"),
        ("a --> b", "a --> b"),
        ("a <!--> b --> c", "a  c"),
        ("a\n```\nb\n```\nc", "a\nc"),
        ("a\n```python\nb\n```\nc", "a\nc"),
        ("a\n~~~\nb\n```\nc\n~~~\nd", "a\nd"),
        ("a\n```\nb", "a\n```\nb"),
        ("a `b` c", "a ` c"),
        ("a ` b", "a ` b"),
        ("a `b\nc` d", "a `b\nc` d"),
        ("", ""),
    ],
)
def test_comments_and_code_are_not_visible(text: str, expected: str) -> None:
    assert visible_text(text) == expected


def test_code_is_kept_if_asked() -> None:
    assert visible_text("a `b` <!-- c -->\r\n```\nd\n```", keep_code=True) == "a `b` \n```\nd\n```"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<details>b</details>c", "a>c"),
        ("a<details open>b<details>c</details>d</details>e<details>f</details>g", "a>e>g"),
        ("a</details>b", "a</details>b"),
        ("a<details>b", "a<details>b"),
        ("a<details>b<details>c</details>d", "a<details>b<details>c</details>d"),
        ("a<details>b</details>c<details>d", "a>c<details>d"),
    ],
)
def test_details_are_removed_if_they_end(text: str, expected: str) -> None:
    assert without_details(text) == expected
