import random

import pytest

from core.metrics._version_order import TaggedVersion, highest_lower, tagged_version


def version(tag: str) -> TaggedVersion:
    found = tagged_version(tag)
    assert found is not None
    return found


def before(tag: str, *others: str) -> str | None:
    found = highest_lower(version(tag), [tag, *others])
    return found.tag if found else None


def test_tags_are_ordered_by_the_precedence_of_semver() -> None:
    expected = [
        *("0.9.10", "v1.0.0-1", "1.0.0-2.1", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta"),
        *("1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "v1.0.0", "1.0.1", "1.9.0", "1.10.0", "01.11.0"),
        "v2.0.0",
    ]
    shuffled = random.Random(1).sample(expected, len(expected))

    assert sorted(shuffled, key=lambda tag: version(tag).order) == expected


@pytest.mark.parametrize("tag", ["latest", "v1", "v1.2", "1.2.3.4", "a-1.2.3-b-4.5.6", "", "v1.2.3-ä"])
def test_a_tag_without_a_version_has_no_order(tag: str) -> None:
    assert tagged_version(tag) is None
    assert highest_lower(version("v9.9.9"), [tag]) is None


@pytest.mark.parametrize(
    ("tag", "others", "expected"),
    [
        ("v1.2.4", ["v1.2.3", "v1.2.5", "v1.1.9", "v2.0.0"], "v1.2.3"),
        ("v2.0.0", ["v1.9.0", "v1.10.0", "v1.2.11"], "v1.10.0"),
        ("v1.2.4", ["pkg@1.2.3", "release-1.2.3", "V1.2.3", "v1.0.0"], "v1.0.0"),
        ("pkg@1.2.4", ["v1.2.3", "other-pkg@1.2.3", "pkg@1.1.0", "pkg@1.2.3.4"], "pkg@1.1.0"),
        ("v2.0.0", ["v2.0.0-rc.2", "v1.9.0", "v2.0.0-rc.1"], "v1.9.0"),
        ("v2.0.0-rc.2", ["v2.0.0-rc.1", "v1.9.0", "v2.0.0"], "v2.0.0-rc.1"),
        ("v2.0.0-rc.1", ["v1.9.0", "v1.9.1-rc.7", "v2.0.0"], "v1.9.1-rc.7"),
        ("v2.0.0-rc.10", ["v2.0.0-rc.9", "v2.0.0-rc.2"], "v2.0.0-rc.9"),
        ("v1.0.0", ["v1.0.0-rc.1", "v1.0.1", "1.0.0", "v1.0.0+build"], None),
        ("v1.2.4", [], None),
        ("2024.01.15", ["2024.01.2", "2023.12.30", "2024.02.01"], "2024.01.2"),
    ],
)
def test_the_release_before_is_the_highest_lower_one(tag: str, others: list[str], expected: str | None) -> None:
    assert before(tag, *others) == expected


@pytest.mark.parametrize(
    ("tag", "others", "expected"),
    [
        ("v1.2.4", ["1.2.3", "v1.2.3"], "v1.2.3"),
        ("1.2.4", ["1.2.3", "v1.2.3"], "1.2.3"),
        ("v1.2.4", ["v1.2.3", "v1.2.3+zz", "1.2.3+zzz"], "v1.2.3"),
        ("v1.2.4", ["1.2.3", "v1.2.3+a", "v1.2.03"], "v1.2.3+a"),
    ],
)
def test_of_two_tags_of_a_version_the_one_written_alike_counts(tag: str, others: list[str], expected: str) -> None:
    assert before(tag, *others) == before(tag, *reversed(others)) == expected


@pytest.mark.parametrize(
    ("tag", "adjacent"), [("v1.2.3", (1, 2, 2)), ("v1.2.0", None), ("v1.2.3-rc.1", None), ("pkg@0.0.1", (0, 0, 0))]
)
def test_only_a_later_patch_has_an_adjacent_release(tag: str, adjacent: tuple[int, int, int] | None) -> None:
    assert version(tag).adjacent == adjacent


@pytest.mark.parametrize(
    ("tag", "head"),
    [("v1.2.3", "v"), ("1.2.3", ""), ("vv1.2.3", "vv"), ("=v1.2.3", "=v"), ("pkg@1.2.3", "pkg@"), ("go1.21.0", "go")],
)
def test_the_head_is_the_text_before_the_numbers(tag: str, head: str) -> None:
    assert version(tag).head == head
