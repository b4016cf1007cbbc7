import pytest

from core.events import Repository
from core.metric import NO_DAY, Key
from core.record_path import file_name, key_name, record_path

REPOSITORY = Repository("octo-org", "hello-world", 7)


@pytest.mark.parametrize(
    ("key", "partial", "path"),
    [
        (Key((1,), (2,), day="2026-11-24"), False, "octo-org/hello-world/m/2026-11-24/1-2.json"),
        (Key((1,), (2,), day="2026-11-24"), True, "octo-org/hello-world/m/2026-11-24/1-2.partial.json"),
        (Key((1,), day=None), False, "octo-org/hello-world/m/undated/1.json"),
        (Key(("v1.0-RC",), day=NO_DAY), False, "octo-org/hello-world/m/v1.0-%52%43.json"),
    ],
)
def test_a_path_names_repository_metric_day_and_key(key: Key, partial: bool, path: str) -> None:  # noqa: FBT001 (a table)
    assert record_path(REPOSITORY, "m", key, partial=partial) == path


@pytest.mark.parametrize(
    ("text", "name"),
    [("v1-RC", "v1-%52%43"), ("a/b", "a%2Fb"), ("con", "%63on"), ("nul.txt", "%6Eul.txt"), ("coN", "co%4E")],
)
def test_a_file_name_differs_in_more_than_case(text: str, name: str) -> None:
    assert file_name(Key((text,))) == name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (Key((1, 2), (3,)), "1-2-3"),
        (Key((1, None), (None,)), "1"),
        (Key((9007199254740993,)), "9007199254740993"),
        (Key(("v1.2.3",)), "v1.2.3"),
        (Key(("pkg/v1.2.3",)), "pkg%2Fv1.2.3"),
        (Key(("v1.2.3+a b%",)), "v1.2.3%2Ba%20b%25"),
        (Key(("é\\:*?\0",)), "%C3%A9%5C%3A%2A%3F%00"),
        (Key((".",)), "%2E"),
        (Key(("..",)), "%2E%2E"),
        (Key(("...",)), "%2E%2E%2E"),
        (Key(("..a",)), "..a"),
        (Key(("a" * 242,)), "a" * 242),
    ],
)
def test_a_key_is_one_safe_part_of_a_path(key: Key, name: str) -> None:
    assert key_name(key) == name


@pytest.mark.parametrize("text", ["a" * 243, "a" * 256, "é" * 100, "a" * 5000])
def test_a_long_key_is_cut_to_255_bytes_with_a_hash(text: str) -> None:
    name = key_name(Key((text,)))
    assert len(f"{name}.partial.json".encode()) == 255
    assert name[-33] == "~"


def test_long_keys_that_differ_only_at_their_ends_have_different_names() -> None:
    assert key_name(Key(("a" * 300 + "b",))) != key_name(Key(("a" * 300 + "c",)))
