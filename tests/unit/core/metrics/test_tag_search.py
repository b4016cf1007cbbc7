import random
from collections.abc import Callable, Sequence

import pytest

from core.metrics._tag_search import Found, is_proven, searches
from core.metrics._version_order import TaggedVersion, highest_lower, tagged_version

Match = Callable[[str, str], bool]


def contains(text: str, tag: str) -> bool:
    """Search as GitHub does."""
    return text.lower() in tag.lower()


def search(tags: Sequence[str], tag: str, most: int, match: Match = contains) -> tuple[TaggedVersion | None, bool]:
    """Return the release that the searches of a tag find before it, and whether they prove it."""
    version = tagged_version(tag)
    assert version is not None
    found: dict[str, Found] = {}
    for name, text in searches(version)._asdict().items():
        matching = [other for other in tags if match(text, other)]
        found[name] = Found(frozenset(matching[:most]), len(matching) <= most)
    before = highest_lower(version, {other for listed in found.values() for other in listed.tags})
    return before, is_proven(version, before, found)


def many(prefix: str, *, majors: int, minors: int, patches: int) -> list[str]:
    numbers = ((x, y, z) for x in range(majors) for y in range(minors) for z in range(patches))
    return [f"{prefix}{x}.{y}.{z}" for x, y, z in numbers]


TAGS = many("v", majors=4, minors=30, patches=4) + many("pkg@", majors=4, minors=30, patches=3)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("v2.7.3", "v2.7.2"), ("pkg@2.7.2", "pkg@2.7.1"), ("pkg@2.7.0", "pkg@2.6.2"), ("pkg@3.0.0", "pkg@2.29.2")],
)
def test_in_a_large_repository_a_few_searches_prove_it(tag: str, expected: str) -> None:
    before, proven = search(TAGS, tag, most=100)

    assert before is not None
    assert (before.tag, proven) == (expected, True)


@pytest.mark.parametrize("tag", ["v2.0.0", "pkg@2.0.0"])
def test_searches_that_find_too_much_prove_nothing(tag: str) -> None:
    assert search(TAGS, tag, most=50)[1] is False


def test_the_first_release_of_a_line_is_proven_if_all_are_found() -> None:
    assert search(["api/v0.0.1", *TAGS], "api/v0.0.1", most=100) == (None, True)


def test_a_line_without_the_tag_itself_proves_nothing() -> None:
    assert search(["v1.0.0"], "v1.1.0", most=100)[1] is False


def starts_with(text: str, tag: str) -> bool:
    return tag.startswith(text)


def finds_nothing(_: str, tag: str) -> bool:
    return not tag


@pytest.mark.parametrize("match", [starts_with, finds_nothing])
def test_a_github_that_searches_otherwise_is_not_believed(match: Match) -> None:
    tags = ["1.2.3", "v1.2.4", "v1.3.0", *many("pkg@", majors=10, minors=5, patches=5)]

    assert search(tags, "v1.3.0", most=100, match=match)[1] is False


def test_numbers_with_leading_zeros_are_not_overlooked() -> None:
    others = many("v", majors=1, minors=20, patches=20)
    tags = [*others, "v1.2.3", "v1.02.4", "v1.2.9"]

    assert [item and item.tag for item, proven in [search(tags, "v1.2.9", most=100)] if proven] == ["v1.02.4"]


def random_tags(chance: random.Random) -> list[str]:
    """Return tags of several lines, written in several ways, densely numbered so that many lie near each other."""
    tags = set()
    for _ in range(chance.randrange(3, 60)):
        head = chance.choice(["v", "v", "v", "", "pkg@", "pkg@", "=v", "a-pkg@", "api/v"])
        numbers = [chance.choice(["", "", "", "", "", "0"]) + str(chance.randrange(4)) for _ in range(3)]
        ending = chance.choice(["", "", "", "", f"-rc.{chance.randrange(3)}", "-0", "+b"])
        tags.add(head + ".".join(numbers) + ending)
    return sorted(tags | {"latest", "v1"})


def prefixed(text: str, tag: str) -> bool:
    return tag.lower().startswith(text.lower())


@pytest.mark.parametrize("match", [contains, prefixed, starts_with])
def test_what_is_proven_is_right_for_random_tags(match: Match) -> None:
    chance, proven = random.Random(7), 0
    for _ in range(500):
        tags = random_tags(chance)
        tag = chance.choice([tag for tag in tags if tagged_version(tag)])
        before, is_known = search(tags, tag, most=chance.randrange(1, 12), match=match)
        version = tagged_version(tag)
        assert version is not None
        expected = highest_lower(version, tags)
        if is_known:
            proven += 1
            assert (before and before.order) == (expected and expected.order), (tag, tags)
    assert proven > 50
