from typing import Any

import pytest

from core.errors import MalformedPayload
from core.metrics.release_versions import METRIC
from core.record_path import key_name
from tests.builders import signed, webhook
from tests.unit.core.metrics.fakes import output, recorded, wants

FOLDER = "octo-org/hello-world/release-versions"


def version(tag: str) -> Any:
    return output(METRIC, webhook("create_tag", ref=tag))["release_version"]


def test_a_tag_that_names_a_version_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("create_tag", ref="v1.2.3-rc.1+build.5"))

    expected = {
        "raw": "1.2.3-rc.1+build.5",
        "major": 1,
        "minor": 2,
        "patch": 3,
        "prerelease": ["rc", 1],
        "build": ["build", "5"],
        "version": "1.2.3-rc.1",
    }
    assert record.event.output == {"release_version": expected}
    assert list(record.event.output["release_version"]) == list(expected)
    assert (record.event.status, record.event.anomalies) == ("success", [])


def test_a_record_of_a_tag_is_in_no_day_folder() -> None:
    record = recorded(METRIC, webhook("create_tag"))

    assert (record.path, record.event.id) == (f"{FOLDER}/v1.2.3.json", f"{FOLDER}/v1.2.3")


@pytest.mark.parametrize("ref_type", ["branch", "repository", "Tag", None, [], ...])
def test_what_is_not_a_tag_is_ignored(ref_type: Any) -> None:
    assert not wants(METRIC, webhook("create_tag", ref_type=ref_type))


@pytest.mark.parametrize(
    ("tag", "raw", "numbers", "prerelease", "build"),
    [
        ("v1.2.3", "1.2.3", (1, 2, 3), [], []),
        ("1.2.3", "1.2.3", (1, 2, 3), [], []),
        ("vv1.2.3", "1.2.3", (1, 2, 3), [], []),
        ("=v1.2.3", "1.2.3", (1, 2, 3), [], []),
        ("v 1.2.3", "1.2.3", (1, 2, 3), [], []),
        (" v1.2.3 ", "1.2.3", (1, 2, 3), [], []),
        ("01.2.3", "1.2.3", (1, 2, 3), [], []),
        ("1.01.007", "1.1.7", (1, 1, 7), [], []),
        ("0.0.0", "0.0.0", (0, 0, 0), [], []),
        ("1.2.3beta", "1.2.3-beta", (1, 2, 3), ["beta"], []),
        ("1.2.3-beta", "1.2.3-beta", (1, 2, 3), ["beta"], []),
        ("1.2.3beta.4", "1.2.3-beta.4", (1, 2, 3), ["beta", 4], []),
        ("v1.2.3-4", "1.2.3-4", (1, 2, 3), [4], []),
        ("1.2.3-rc1.x-y.0", "1.2.3-rc1.x-y.0", (1, 2, 3), ["rc1", "x-y", 0], []),
        ("1.2.3-", "1.2.3--", (1, 2, 3), ["-"], []),
        ("1.2.3--", "1.2.3--", (1, 2, 3), ["-"], []),
        ("1.2.3+001", "1.2.3+001", (1, 2, 3), [], ["001"]),
        ("1.2.3beta+a-b.c", "1.2.3-beta+a-b.c", (1, 2, 3), ["beta"], ["a-b", "c"]),
    ],
)
def test_a_tag_is_the_version_that_npm_finds_in_it(
    tag: str, raw: str, numbers: tuple[int, int, int], prerelease: list[int | str], build: list[str]
) -> None:
    assert version(tag) == {
        "raw": raw,
        **dict(zip(("major", "minor", "patch"), numbers, strict=True)),
        "prerelease": prerelease,
        "build": build,
        "version": raw.partition("+")[0],
    }


@pytest.mark.parametrize(
    "tag",
    [
        "V1.2.3",
        "release-1.2.3",
        "pkg@1.2.3",
        "pkg-v1.2.3",
        "release/1.2.3",
        "1.2",
        "v1",
        "1.2.3.4",
        "1.2.x",
        "1.2.3-a..b",
        "1.2.3+",
        "1.2.3+a+b",
        "1.2.3/4",
        "1.2.3-ä",
        "\u0661.\u0662.\u0663",
        "-1.2.3",
        "latest",
        "v",
        "",
        " ",
    ],
)
def test_a_tag_in_which_npm_finds_no_version_is_ignored(tag: str) -> None:
    assert not wants(METRIC, webhook("create_tag", ref=tag))


def test_a_version_of_256_characters_is_one() -> None:
    tag = "v1.2.3-" + "a" * 250

    assert version(tag)["version"] == tag.removeprefix("v")


def test_a_version_of_257_characters_is_none() -> None:
    assert not wants(METRIC, webhook("create_tag", ref="1.2.3-" + "a" * 249 + ".b"))


@pytest.mark.parametrize("tag", ["{}.0.0", "0.{}.0", "0.0.{}"])
@pytest.mark.parametrize(("number", "is_version"), [(2**53 - 1, True), (2**53, False), (10**30, False)])
def test_numbers_end_below_2_to_the_53(tag: str, number: int, is_version: bool) -> None:  # noqa: FBT001
    assert wants(METRIC, webhook("create_tag", ref=tag.format(number))) is is_version


def test_the_largest_number_stays_exact() -> None:
    assert version("v9007199254740991.0.0")["major"] == 9007199254740991


def test_a_prerelease_number_that_npm_cannot_count_stays_as_written() -> None:
    assert version("1.2.3-9007199254740990.9007199254740993")["prerelease"] == [9007199254740990, "9007199254740993"]


def test_special_characters_of_a_tag_are_percent_encoded() -> None:
    record = recorded(METRIC, webhook("create_tag", ref="v 1.2.3+b"))

    assert (record.path, record.event.id) == (f"{FOLDER}/v%201.2.3%2Bb.json", f"{FOLDER}/v%201.2.3%2Bb")


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("release/v1.2.3", "release%2Fv1.2.3"),
        ("../../v1.2.3", "..%2F..%2Fv1.2.3"),
        ("..", "%2E%2E"),
        ("ü", "%C3%BC"),
        ("a%2Fb", "a%252Fb"),
        ("a\\b\x00", "a%5Cb%00"),
    ],
)
def test_the_key_of_a_tag_never_leaves_its_folder(tag: str, name: str) -> None:
    event = signed(METRIC.trigger, webhook("create_tag", ref=tag))

    assert key_name(METRIC.key(event)) == name


def test_tags_of_the_same_version_are_separate_facts() -> None:
    paths = {recorded(METRIC, webhook("create_tag", ref=tag)).path for tag in ("1.2.3", "v1.2.3", "v1.2.3+1")}

    assert paths == {f"{FOLDER}/1.2.3.json", f"{FOLDER}/v1.2.3.json", f"{FOLDER}/v1.2.3%2B1.json"}


def test_long_tags_stay_apart_in_names_that_every_file_system_can_hold() -> None:
    tags = ["v1.2.3-" + "a" * 249 + end for end in "ab"]

    names = {recorded(METRIC, webhook("create_tag", ref=tag)).path.split("/")[-1] for tag in tags}

    assert len(names) == 2
    assert all(len(name.encode()) <= 255 for name in names)


@pytest.mark.parametrize("ref", [None, 1, [], {}, ...])
def test_a_tag_without_a_name_is_malformed(ref: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^ref: expected a string"):
        wants(METRIC, webhook("create_tag", ref=ref))
