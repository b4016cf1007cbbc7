"""Records whose every name attacks an output: a terminal, a spreadsheet, a page, a Markdown document, or a reader's eyes."""

import json
from pathlib import Path
from typing import NamedTuple

from tests.unit.warehouse import scenarios
from tests.unit.warehouse.scenarios import RecordSpec

_IMAGE = "<img src=x onerror=alert(1)>"
_LINK = "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07"
FAMILY = "👩‍👩‍👧‍👦"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
SURVIVORS = (FAMILY, SCOTLAND, "🇮🇱", "👍🏽", "❤️", "שלום", "می‌خواهم", "e\u0301")
"""What has to be there still in every output."""


class Names(NamedTuple):
    """The names of one repository's things."""

    environment: str
    label: str
    branch: str
    job: str
    tag: str


NAMES = (
    Names(f"production{_IMAGE}", _IMAGE, _IMAGE, _IMAGE, _IMAGE),
    Names(
        "production</script><script>alert(2)</script>", "</script>", "</title>", "--><script>alert(3)</script>", "<!--"
    ),
    Names("production\u2028alert(1)//\u2029", "\u2028", "\u2028", "a\u2028b\u0085c", "1\u2028"),
    Names(
        "prod|`code`|[x](javascript:alert(1))|**b**\n# H",
        "a|b",
        "`x`",
        "a|b`c`[l](http://x)![i](http://evil/p.png)",
        "|",
    ),
    Names(
        "prod\x1b]0;pwned\x07\x1b[31mred\x1b[2J",
        "\x1b[31m",
        "\x1b]0;x\x07",
        f"job\x1b[31m{_LINK}\x9b31m\x90x\x9c",
        "\x1b[2J",
    ),
    Names("prod\x08\x08\rover\x00\x7f\x0b\x0c", "\r", "\x08", "a\rb\tc", "\x1bP1;2q\x1b\\"),
    Names("=cmd|' /C calc'!A0", "=1+1", "=1", '=HYPERLINK("http://evil","x")', "=1"),
    Names("+1", "-1+1", "@SUM(A1)", " =1+1", "\t=1"),
    Names("\uff1d1", "\uff0b1", "\uff0d1", "\u00a0=1+1", '"=1'),
    Names(f"production-{'x' * 300}", "y" * 500, "z" * 300, "w" * 600, "t" * 300),
    Names(
        f"prod-\u202egnp.exe \u200b\u200d {' '.join(SURVIVORS)} \ufeff",
        "\u202e",
        "\u200b",
        f"job \u2066abc {FAMILY}\u200d",
        "v\u200b",
    ),
    Names("prod\u00ad\u2060\u061c\u200e\u200f\U000e0041\U000e0042", "\u202a", "x\ufe0f\ufe0f", "\u3164", "\U000e0101"),
    Names(
        "prod @octo-team https://evil.example/x #12 GH-3 octo-org/shop#5",
        "@octocat",
        "www.evil.example",
        "@octo-org/team",
        "#1",
    ),
    Names(
        "me@evil.example 0123456789abcdef0123456789abcdef01234567",
        "mailto:a@b.cc",
        "#2",
        "j :tada: GHSA-aaaa-bbbb-cccc",
        "@x",
    ),
    Names("prod &lt;img&gt; &amp; \t tab", "x", "x", " =1+1", "1"),
)
OWNERS = (
    ("octo-org", _IMAGE),
    ("=cmd|'/c calc'!A0", "x"),
    ("\x1b]0;pwned\x07o", "r\x1b[31m"),
    ("o|p", "r`s`[t](javascript:alert(1))"),
    ("</script><script>alert(9)</script>", "\u2028"),
    ("@octo-org", "#12"),
    ("L" * 300, "M" * 300),
)
FILES = ("rej <img src=x onerror=alert(1)>|`x`.json", "=1+1.json", "\x1b]0;pwn\x07.json", "@octocat #1 \u202egnp.json")


def store(folder: Path) -> None:
    """Write all of it, as a store that somebody else may write holds it."""
    for number, names in enumerate(NAMES, 1):
        for record in _records(number, names):
            _write(folder, record)
    for number, (owner, repository) in enumerate(OWNERS, len(NAMES) + 1):
        for day in (10, 17):
            record = scenarios.success(
                number * 1000 + day,
                scenarios.at(day),
                f"s{number}-{day}",
                first=True,
                repo=f"octo-org/e{number}",
                repository_id=number,
            )
            path, content = scenarios.file(record)
            fields = json.loads(content)
            fields |= {
                "owner": owner,
                "repo": repository,
                "id": f"{owner}/{repository}/deployment-status/{number}-{day}",
            }
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(fields), "utf-8")
    for name in FILES:
        (folder / "octo-org" / name).write_text("not JSON")


def _write(folder: Path, record: RecordSpec) -> None:
    path, content = scenarios.file(record)
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def _records(number: int, names: Names) -> list[RecordSpec]:
    """Return pull requests, deployments, jobs, incidents and a tag of one repository."""
    repository = {"repo": f"octo-org/a{number}", "repository_id": number}
    specs: list[RecordSpec] = []
    before = ""
    for index, day in enumerate((3, 10, 17, 24)):
        at, sha = scenarios.at(day, "12:00"), f"m{number}-{index}"
        pull = number * 100 + index
        commits = [scenarios.at(day - 1, "09:00")]
        specs += scenarios.pull_request(
            pull, scenarios.at(day - 1), scenarios.at(day, "10:00"), sha, commits, base=names.branch, **repository
        )
        change = scenarios.commit(sha, scenarios.at(day, "10:00"), number=pull)
        specs.append(
            scenarios.success(
                number * 1000 + index,
                at,
                sha,
                change,
                first=index == 0,
                before=before,
                env=names.environment,
                **repository,
            )
        )
        job = {
            "run": number * 77 + index // 2,
            "name": names.job,
            "workflow": names.job,
            "sha": sha,
            "branch": names.branch,
        }
        specs.append(scenarios.job(number * 5000 + index, at, ["success", "failure"][index % 2], **job, **repository))
        before = sha
    for record in scenarios.incident(number * 9000, scenarios.at(10, "13:00"), scenarios.at(10, "14:00"), **repository):
        specs.append(record._replace(output=record.output._replace(labels=[names.label])))
    specs.append(scenarios.tag("v1", scenarios.at(12), version=names.tag, **repository))
    return specs
