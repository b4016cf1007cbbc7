"""What is a version is npm's to say, but for tags of four parts: our reading of tags against the real thing."""

import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from core.metrics._version_tag import clean_version
from core.metrics.release_versions import parse
from tests.environment import PATIENCE

pytestmark = pytest.mark.npm

FIELDS = ("version", "major", "minor", "patch", "prerelease", "build")
ASK = """
const semver = require(process.argv[1]);
const answer = (tag) => {
  if (semver.clean(tag, { loose: true }) === null) return null;
  const found = semver.parse(tag.trim().replace(/^[=v]+/, ""), { loose: true });
  const { version, major, minor, patch, prerelease, build } = found;
  return { version, major, minor, patch, prerelease, build };
};
const tags = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(tags.map(answer)));
"""

PREFIXES = [
    "",
    "",
    "",
    "v",
    "v",
    "=",
    "=v",
    "vv",
    "v=",
    "v ",
    " v",
    "v v",
    "= ",
    "V",
    "release-",
    "pkg@",
    "pkg-v",
    "r/",
]
NUMBERS = ["0", "1", "2", "10", "01", "007", "9007199254740991", "9007199254740992", "99999999999999999999", "1" * 250]
ODD_NUMBERS = [*NUMBERS, *NUMBERS[:4] * 5, "", "x", "-1", "1e3", "\u0661", " 1"]
IDENTIFIERS = [
    *("alpha", "beta", "rc1", "rc", "0", "1", "01", "00a", "0a", "1a", "a1", "-", "--", "-1", "a-b", "A", "x", "v1"),
    *("9007199254740990", "9007199254740991", "9007199254740992", "09007199254740993", "18446744073709551616", "1e3"),
    *("", "\u00e9", "_", "a b", "a" * 100, "9" * 100, "a" * 244, "a" * 245, "1" * 245, "a" * 250, "a" * 251),
]
COMMON_IDENTIFIERS = [*IDENTIFIERS, *IDENTIFIERS[:18] * 4]
ALPHABET = "0019.-+avVx= \t/_@~^*"


def nasty_tags(amount: int, seed: int) -> list[str]:
    """Tags that look like versions and often are: the same for the same seed."""
    rng = random.Random(seed)
    return [mutated(tag_of(rng), rng) if rng.random() < 0.3 else tag_of(rng) for _ in range(amount)]


def tag_of(rng: random.Random) -> str:
    numbers = NUMBERS if rng.random() < 0.9 else ODD_NUMBERS
    amount = 3 if rng.random() < 0.93 else rng.choice([1, 2, 4])
    easy = rng.random() < 0.7
    parts = [rng.choice(numbers[:6] if easy else numbers) for _ in range(amount)]
    tag = rng.choice(PREFIXES) + ".".join(parts)
    if rng.random() < 0.6:
        tag += rng.choice(["-", "-", "-", "", "", "--", ".", "-."]) + identifiers(rng)
    if rng.random() < 0.4:
        tag += rng.choice(["+", "+", "+", "++", "-+"]) + identifiers(rng)
    return tag + rng.choice(["", "", "", "", " ", "\n"])


def identifiers(rng: random.Random) -> str:
    return ".".join(rng.choice(COMMON_IDENTIFIERS) for _ in range(rng.choice([1, 1, 2, 3])))


def mutated(tag: str, rng: random.Random) -> str:
    position = rng.randrange(len(tag) + 1)
    return tag[:position] + rng.choice(ALPHABET) + tag[position + rng.randrange(2) :]


def npm_says(tags: list[str], npm: Path) -> list[dict[str, Any] | None]:
    command = ["node", "-e", ASK, str(npm / "semver")]
    done = subprocess.run(command, input=json.dumps(tags).encode(), capture_output=True, check=True, timeout=PATIENCE)
    answers: list[dict[str, Any] | None] = json.loads(done.stdout)
    return answers


def we_say(tag: str) -> dict[str, Any] | None:
    text = clean_version(tag)
    return None if text is None else {field: getattr(parse(text), field) for field in FIELDS}


def differences(tags: list[str], answers: list[dict[str, Any] | None]) -> list[tuple[str, Any, Any]]:
    pairs = ((tag, we_say(tag), answer) for tag, answer in zip(tags, answers, strict=True))
    return [
        (tag, ours, npms) for tag, ours, npms in pairs if ours != npms and not (ours is None and is_four_parts(tag))
    ]


def is_four_parts(tag: str) -> bool:
    """npm splits the third number of such a tag: https://github.com/npm/node-semver/issues/164."""
    return re.search(r"[0-9]+\.[0-9]+\.[0-9]{2,}\.", tag) is not None


def test_three_thousand_unusual_tags_are_parsed_as_npm_does(npm: Path) -> None:
    tags = nasty_tags(3000, seed=20261120)

    answers = npm_says(tags, npm)

    assert 500 < sum(answer is None for answer in answers) < 2500, "the tags are too tame, or too wild"
    assert differences(tags, answers) == []


def test_npm_reads_the_four_parts_that_are_ignored_here(npm: Path) -> None:
    tags = ["v1.2.34.5", "120.0.6099.109", "2026.11.20.1"]

    assert [answer and answer["version"] for answer in npm_says(tags, npm)] == [
        *("1.2.3-4.5", "120.0.609-9.109", "2026.11.2-0.1")
    ]
    assert [we_say(tag) for tag in tags] == [None, None, None]


def test_white_space_around_a_version_is_what_javascript_trims(npm: Path) -> None:
    spaces = (
        "\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\xa0\u1680\u180e\u2000\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
    )
    forms = ["{}1.2.3", "1.2.3{}", "v{}1.2.3", "{}v1.2.3", "v {}1.2.3", "v{}v1.2.3", "v v{}1.2.3", "1.{}2.3"]
    tags = [form.format(space) for form in forms for space in spaces]

    answers = npm_says(tags, npm)

    assert differences(tags, answers) == []
