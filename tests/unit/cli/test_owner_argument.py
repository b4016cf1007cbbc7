import pytest

from cli.owner_argument import parse_owner


@pytest.mark.parametrize(
    ("argument", "parsed"),
    [
        ("octo-org", ("octo-org", "")),
        ("octo-org/hello-world", ("octo-org", "hello-world")),
        ("octo-org/", None),
        ("octo-org/..", None),
        ("octo-org/a/b", None),
        ("/hello-world", None),
        ("", None),
    ],
)
def test_an_owner_or_a_repository_is_parsed(argument: str, parsed: tuple[str, str] | None) -> None:
    assert parse_owner(argument) == parsed
