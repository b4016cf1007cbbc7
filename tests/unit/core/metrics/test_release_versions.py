from typing import Any

import pytest

from core.errors import MalformedPayload
from core.events import Record
from core.metric import skip_reason
from core.metrics.release_versions import METRIC
from core.payload import Json, milliseconds
from core.record_path import key_name
from tests.builders import signed, webhook
from tests.unit.core.metrics import fakes
from tests.unit.core.metrics.fakes import wants
from tests.unit.core.metrics.tagged_repository import COMMITTED, TaggedRepository, sha_of

FOLDER = "octo-org/hello-world/release-versions"
FOUR_PARTS = "the tag has four numbers or more, which is no semantic version"


def recorded(payload: Json) -> Record:
    """Return the record of the only tag of a repository."""
    return fakes.recorded(METRIC, payload, TaggedRepository([payload["ref"]]))


def version(tag: str) -> Any:
    return recorded(webhook("create_tag", ref=tag)).event.output["release_version"]


def test_a_tag_that_names_a_version_is_recorded_to_the_field() -> None:
    record = recorded(webhook("create_tag", ref="v1.2.3-rc.1+build.5"))

    expected = {
        "raw": "1.2.3-rc.1+build.5",
        "major": 1,
        "minor": 2,
        "patch": 3,
        "prerelease": ["rc", 1],
        "build": ["build", "5"],
        "version": "1.2.3-rc.1",
    }
    assert record.event.output == {
        "release_version": expected,
        "prefix": "",
        "sha": sha_of("v1.2.3-rc.1+build.5"),
        "committed_at": milliseconds(COMMITTED),
        "tagged_at": None,
        "previous": None,
        "comparison_status": None,
        "changes": None,
    }
    assert list(record.event.output["release_version"]) == list(expected)
    assert (record.event.status, record.event.anomalies) == ("success", [])


def test_a_record_of_a_tag_is_in_no_day_folder() -> None:
    record = recorded(webhook("create_tag"))

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
def test_a_tag_without_a_version_is_ignored(tag: str) -> None:
    assert not wants(METRIC, webhook("create_tag", ref=tag))


@pytest.mark.parametrize(
    ("tag", "prefix", "raw"),
    [
        ("pkg@1.2.3", "pkg@", "1.2.3"),
        ("@acme/ferry@1.2.3", "@acme/ferry@", "1.2.3"),
        ("api/v1.2.3", "api/v", "1.2.3"),
        ("sub/mod/v1.2.3-rc.1", "sub/mod/v", "1.2.3-rc.1"),
        ("release-1.2.3", "release-", "1.2.3"),
        ("release/1.2.3+b.1", "release/", "1.2.3+b.1"),
        ("ferry-1.2.3", "ferry-", "1.2.3"),
        ("pkg-v1.2.3", "pkg-v", "1.2.3"),
        ("V1.2.3", "V", "1.2.3"),
        ("go1.21.0", "go", "1.21.0"),
        ("log4j-2.17.1", "log4j-", "2.17.1"),
        ("v2/api-1.2.3beta", "v2/api-", "1.2.3-beta"),
        ("org.example.1.2.3", "org.example.", "1.2.3"),
        ("größe/v1.2.3", "größe/v", "1.2.3"),
        ("nightly-2026.11.20", "nightly-", "2026.11.20"),
    ],
)
def test_one_version_after_a_prefix_is_a_release_of_it(tag: str, prefix: str, raw: str) -> None:
    actual = recorded(webhook("create_tag", ref=tag)).event.output

    assert (actual["prefix"], actual["release_version"]["raw"]) == (prefix, raw)


def test_the_key_of_a_prefixed_release_is_the_whole_tag() -> None:
    record = recorded(webhook("create_tag", ref="api/v1.2.3"))

    assert (record.path, record.event.id) == (f"{FOLDER}/api%2Fv1.2.3.json", f"{FOLDER}/api%2Fv1.2.3")


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        *(
            (tag, FOUR_PARTS)
            for tag in ("v1.2.34.5", "120.0.6099.109", "1.2.3.4", "2026.11.20.1", "v1.2.10.beta.1.2.3.4")
        ),
        *((tag, FOUR_PARTS) for tag in ("pkg@1.2.34.5", "host-10.0.0.1", "release-1.2.3.4.5")),
        *((tag, "the tag has more than one version") for tag in ("app-1.2.3-lib-4.5.6", "a1.2.3/b1.2.4")),
        *((tag, "the tag has no version of three numbers") for tag in ("latest", "v1", "release-1.2", "1.2.x", "")),
        *(
            (tag, "the tag is no semantic version after a prefix")
            for tag in ("v1.0.0-🚀", "🚀1.0.0", "-1.2.3", "12/1.2.3", "v2.0.10.RELEASE", "pkg@1.2.3/x", "a b 1.2.3")
        ),
    ],
)
def test_a_tag_that_is_no_release_is_ignored_with_its_reason(tag: str, reason: str) -> None:
    event = signed(METRIC.trigger, webhook("create_tag", ref=tag))

    assert not METRIC.applies(event)
    assert skip_reason([METRIC], event) == f"no metric applies; {reason}"


@pytest.mark.parametrize("changes", [{"ref_type": "branch"}, {"ref": 7}, {"ref": None}])
def test_what_is_no_tag_needs_no_reason(changes: Any) -> None:
    assert skip_reason([METRIC], signed(METRIC.trigger, webhook("create_tag", **changes))) == "no metric applies"


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
    record = recorded(webhook("create_tag", ref="v 1.2.3+b"))

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
    paths = {recorded(webhook("create_tag", ref=tag)).path for tag in ("1.2.3", "v1.2.3", "v1.2.3+1")}

    assert paths == {f"{FOLDER}/1.2.3.json", f"{FOLDER}/v1.2.3.json", f"{FOLDER}/v1.2.3%2B1.json"}


def test_long_tags_stay_apart_in_names_that_every_file_system_can_hold() -> None:
    tags = ["v1.2.3-" + "a" * 249 + end for end in "ab"]

    names = {recorded(webhook("create_tag", ref=tag)).path.split("/")[-1] for tag in tags}

    assert len(names) == 2
    assert all(len(name.encode()) <= 255 for name in names)


@pytest.mark.parametrize("ref", [None, 1, [], {}, ...])
def test_a_tag_without_a_name_is_malformed(ref: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^ref: expected a string"):
        wants(METRIC, webhook("create_tag", ref=ref))
