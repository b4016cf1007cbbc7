import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text_facts import (
    CLOSES_AT_MOST,
    Cause,
    Reverts,
    TitleFacts,
    cause,
    closes,
    fingerprint,
    is_hotfix,
    issue_facts,
    reverts,
    title_facts,
)

OWNER, REPO = "octo-org", "hello-world"
SHA = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
NOTHING = Reverts(None, None)


@pytest.mark.parametrize(
    ("line", "kind", "depth"),
    [
        ('Revert "Pay Mona (#12)"', "revert", 1),
        ('Revert "Pay Mona (#12)" (#14)', "revert", 1),
        ('  Revert "x"', "revert", 1),
        ('\ufeffRevert "x"', "revert", 1),
        ('\nRevert "x"', "revert", 1),
        ('revert "x"', "revert", 1),
        ('REVERT "x"', "revert", 1),
        ('Revert "x', "revert", 1),
        ('Revert "a very long title that GitHub cut at 256 characters…', "revert", 1),
        ('Revert "', "revert", 1),
        ('Revert "Revert "x""', "reapply", 2),
        ('Revert "Revert "x"" (#15)', "reapply", 2),
        ('Revert "Revert "Revert "x"""', "revert", 3),
        ('Reapply "x"', "reapply", 2),
        ('reapply "x"', "reapply", 2),
        ('Revert "Reapply "x""', "revert", 3),
        ('Reapply "Revert "x""', "revert", 3),
        ("revert: feat: x", "revert", 1),
        ("revert:x", "revert", 1),
        ("Revert: x", "revert", 1),
        ("revert(parser): x", "revert", 1),
        ("revert!: x", "revert", 1),
        ("revert(parser)!: x", "revert", 1),
        ("revert(): x", "revert", 1),
        ("revert: revert: x", "reapply", 2),
        ('Revert "revert: x"', "reapply", 2),
        ('revert: Revert "x"', "revert", 1),  # the prefix repeats the words: commit checks ask for it
        ('revert(parser): Revert "Revert "x""', "reapply", 2),
        ('revert: Reapply "x"', "reapply", 2),
        ("Revert 'x'", "other", 0),  # git and GitHub write double quotes
        ("Revert “x”", "other", 0),
        ("Revert x", "other", 0),
        ("Reverts x", "other", 0),
        ("reverts: x", "other", 0),
        ("revert (parser): x", "other", 0),
        ("Reapply x", "other", 0),
        ('Do not Revert "x"', "other", 0),
        ('fix: Revert "x"', "other", 0),  # dora.md, 1: the line begins with it
        ("Rückgängig: x", "other", 0),
        ('Annule "x"', "other", 0),
        ('feat: x\n\nRevert "y"', "other", 0),
        ('feat: x\r\nRevert "y"', "other", 0),
        ("", "other", 0),
        ("\n\n", "other", 0),
        ("hotfix: x", "hotfix", 0),
        ("HOTFIX x", "hotfix", 0),
        ("[Hotfix] x", "hotfix", 0),
        ("Merge pull request #7 from octo-org/hotfix/login", "hotfix", 0),
        ("hotfixes of the week", "other", 0),
        ("feat: x\n\nhotfix", "other", 0),
        ('Revert "hotfix: x"', "revert", 1),
        ('Reapply "hotfix: x"', "reapply", 2),
    ],
)
def test_a_first_line_has_a_kind_and_a_depth(line: str, kind: str, depth: int) -> None:
    assert title_facts(line) == TitleFacts(kind, depth)


@given(st.integers(0, 30), st.integers(0, 10))
def test_each_revert_counts_once_and_each_reapply_twice(reverted: int, reapplied: int) -> None:
    facts = title_facts('Reapply "' * reapplied + 'Revert "' * reverted + "x" + '"' * (reverted + reapplied))
    assert facts.revert_depth == reverted + 2 * reapplied


@pytest.mark.parametrize(
    "text", ["hotfix", "hotfix/login", "release-hotfix-2", "hotfix_login", "x HOTFIX!", "(hotfix)"]
)
def test_hotfix_as_a_whole_word_is_one(text: str) -> None:
    assert is_hotfix(text)


@pytest.mark.parametrize(
    "text", ["", "hotfixes", "hotfix2", "2hotfix", "nohotfix", "hot-fix", "hot fix", "hotfixé", "éhotfix"]
)
def test_hotfix_inside_another_word_is_none(text: str) -> None:
    assert not is_hotfix(text)


@pytest.mark.parametrize(
    ("title", "body", "head_ref", "expected"),
    [
        # the commit
        ('Revert "x"', f"This reverts commit {SHA}.", None, Reverts(SHA, None)),
        ('Revert "x"', f"This reverts commit {SHA.upper()}.", None, Reverts(SHA, None)),
        ('Revert "x"', "This reverts commit ec26c3e", None, Reverts("ec26c3e", None)),
        ('Revert "x"', f"This reverts commit {'a1' * 32}", None, Reverts("a1" * 32, None)),
        ('Revert "x"', f"This reverts commit\n{SHA}, reversing\nchanges made to {'b' * 40}.", None, Reverts(SHA, None)),
        ('Revert "x"', f"This reverts commit `{SHA}`.", None, Reverts(SHA, None)),
        ('Revert "x"', "This reverts commit ec26c3e (Pay Mona, 2026-11-24)", None, Reverts("ec26c3e", None)),
        (
            'Revert "x"',
            f"This reverts commit https://github.com/Octo-Org/hello-world/commit/{SHA}.",
            None,
            Reverts(SHA, None),
        ),
        ('Revert "x"', f"This reverts commit octo-org/hello-world@{SHA}.", None, Reverts(SHA, None)),
        ('Revert "x"', f"This reverts commit {SHA}.\r\n\r\nThis reverts commit {'b' * 40}.", None, Reverts(SHA, None)),
        ('Revert "x (#12)"', f"This reverts commit {SHA}.", None, Reverts(SHA, 12)),
        ("revert: x", f"This reverts commit {SHA}.", None, Reverts(SHA, None)),
        ('Revert "x"', "This reverts commit ec26c3", None, NOTHING),
        ('Revert "x"', f"This reverts commit {'a' * 65}", None, NOTHING),
        ('Revert "x"', "This reverts commit ec26c3eg", None, NOTHING),
        ('Revert "x"', "This reverts commit 20240115", None, NOTHING),
        ('Revert "x (#12)"', "This reverts commit 20240115.", None, Reverts(None, 12)),
        ('Revert "x"', "This reverts commit 20240115 and this reverts commit ec26c3e", None, Reverts("ec26c3e", None)),
        ('Revert "x"', f"This reverts commit octo-org/other@{SHA}.", "revert-12-x", NOTHING),
        # the pull request
        ('Revert "x"', "Reverts octo-org/hello-world#12", None, Reverts(None, 12)),
        ('Revert "x"', "Reverts Octo-Org/Hello-World#12\r\n\r\nIt broke.", None, Reverts(None, 12)),
        ('Revert "x"', "Reverts https://github.com/octo-org/hello-world/pull/12", None, Reverts(None, 12)),
        ('Revert "x"', "Reverts #12", None, Reverts(None, 12)),
        ('Revert "x (#9)"', "Reverts octo-org/hello-world#12", "revert-11-x", Reverts(None, 12)),
        ('Revert "x"', "Reverts a/b#7 and reverts octo-org/hello-world#12", None, Reverts(None, 12)),
        ('Revert "x (#12)"', "Reverts octo-org/other#12", "revert-12-x", NOTHING),
        ('Revert "x"', "Reverts octo-org/hello-world#0", None, NOTHING),
        ('Revert "x"', "Reverts octo-org/hello-world#12345678901234567890", None, NOTHING),
        ('Revert "x"', "Reverts octo-org/hello-world#12abc", None, NOTHING),
        # the branch
        ('Revert "x (#9)"', "", "revert-11-topic", Reverts(None, 11)),
        ('Revert "x"', "", "revert-11-topic", Reverts(None, 11)),
        ('Revert "x (#9)"', "", "mona/revert-11-topic", Reverts(None, 9)),
        ('Revert "x (#9)"', "", "revert-topic", Reverts(None, 9)),
        ('Revert "x (#9)"', "", "revert-11", Reverts(None, 9)),
        # the quotes
        ('Revert "x (#12)"', "", None, Reverts(None, 12)),
        ('Revert "x (#12)" (#14)', "", None, Reverts(None, 12)),
        ('Revert "x (#11) (#12)" (#14)', "", None, Reverts(None, 12)),
        ('Revert "say "hello" (#12)" (#14)', "", None, Reverts(None, 12)),
        ('Revert "x" (#14)', "", None, NOTHING),
        ("revert: x (#14)", "", None, NOTHING),
        ('revert: Revert "x (#12)" (#14)', "", None, Reverts(None, 12)),
        ('Revert "a title that GitHub cut (#12)…', "", None, NOTHING),
        ('Revert "Reapply "x (#12)" (#13)" (#14)', "", None, Reverts(None, 13)),
        ('Revert "Reapply "x (#12)""', "", None, NOTHING),  # 12 is not what is taken back
        # no revert
        ("x (#12)", f"This reverts commit {SHA}.\nReverts octo-org/hello-world#12", "revert-12-x", NOTHING),
        ('Reapply "x (#12)"', f"This reverts commit {SHA}.", "revert-12-x", NOTHING),
        ('Revert "Revert "x (#12)""', "Reverts octo-org/hello-world#12", "revert-12-x", NOTHING),
    ],
)
def test_a_revert_names_what_it_takes_back(title: str, body: str, head_ref: str | None, expected: Reverts) -> None:
    assert reverts(title, body, head_ref, OWNER, REPO) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (f"{word} #12", [12])
            for word in ("close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved")
        ),
        ("CLOSES: #12", [12]),
        ("Fixes: #12.", [12]),
        ("fixes #12 and fixes #7 and closes #12", [12, 7]),
        ("fixes #12, #13", [12]),  # GitHub wants the keyword before each
        ("Fixes octo-org/hello-world#12", [12]),
        ("Fixes Octo-Org/Hello-World#12", [12]),
        ("Fixes https://github.com/octo-org/hello-world/issues/12", [12]),
        ("Fixes https://github.example.com:8443/octo-org/hello-world/issues/12#issuecomment-7", [12]),
        ("Fixes octo-org/other#12", []),
        ("Fixes https://github.com/octo-org/other/issues/12", []),
        ("Fix the parser (#12)", []),
        ("prefixes #12", []),
        ("closing #12", []),
        ("fixes#12", []),
        ("fixes #0", []),
        ("fixes #12a", []),
        ("fixes #1234567890", []),
        ("fixes\n#12", []),
        ("<!-- Fixes #12 -->", []),
        ("<!--\nFixes #(issue)\nFixes #12\n-->\nFixes #7", [7]),
        ("`fixes #12`", []),
        ("```\nfixes #12\n```\nfixes #7", [7]),
        ("", []),
    ],
)
def test_a_text_closes_the_issues_of_its_repository(text: str, expected: list[int]) -> None:
    assert closes(text, OWNER, REPO) == expected


def test_more_issues_than_are_kept_are_left_out() -> None:
    text = " ".join(f"fixes #{number}" for number in range(1, 50))
    assert closes(text, OWNER, REPO) == list(range(1, CLOSES_AT_MOST + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Caused by #12", Cause(None, 12)),
        ("caused by PR #12", Cause(None, 12)),
        ("This was caused by octo-org/hello-world#12.", Cause(None, 12)),
        ("caused by https://github.com/octo-org/hello-world/pull/12", Cause(None, 12)),
        ("**Caused by:** #12", Cause(None, 12)),
        (f"Introduced in {SHA}", Cause(SHA, None)),
        (f"introduced by commit `{SHA[:7]}`", Cause(SHA[:7], None)),
        (f"broken by octo-org/hello-world@{SHA}", Cause(SHA, None)),
        (f"regression from https://github.com/octo-org/hello-world/commit/{SHA}", Cause(SHA, None)),
        ("Culprit: #12", Cause(None, 12)),
        ("Root cause: #12", Cause(None, 12)),
        ("### Root cause\r\n\r\n#12\r\n", Cause(None, 12)),
        (f"caused by #12, introduced in {SHA}", Cause(SHA, 12)),
        ("caused by #12 and caused by #13", Cause(None, 12)),
        ("caused by octo-org/other#12", Cause(None, None)),
        ("not caused by #12", Cause(None, None)),
        ("It was not caused by #12 but introduced in #13", Cause(None, 13)),
        (f"This isn't a regression from {SHA}", Cause(None, None)),
        ("It wasn\u2019t broken by #12", Cause(None, None)),
        ("A knot caused by #12", Cause(None, 12)),
        ("caused by a full disk, see #12", Cause(None, None)),
        ("because of #12", Cause(None, None)),
        ("caused by commit deadbee", Cause("deadbee", None)),
        ("caused by `1234567`", Cause("1234567", None)),
        ("caused by defaced pages", Cause(None, None)),
        ("caused by 1234567 requests", Cause(None, None)),
        ("caused by commit 20240115", Cause(None, None)),
        ("introduced in `20240115`", Cause(None, None)),
        ("introduced in 20240115a1", Cause(None, None)),
        ("regression from commit 15012024", Cause(None, None)),
        ("caused by commit 202401151030", Cause(None, None)),
        ("caused by octo-org/hello-world@20240115", Cause(None, None)),
        ("caused by commit 4915112345678", Cause(None, None)),
        ("caused by 550e8400-e29b-41d4-a716-446655440000", Cause(None, None)),
        ("introduced in 1234567a.2", Cause(None, None)),
        ("caused by abcdef12.example.com", Cause(None, None)),
        ("caused by commit 20240115, broken by ec26c3e.", Cause("ec26c3e", None)),
        ("introduced in ec26c3e..abcdef1", Cause("ec26c3e", None)),
        ("caused by https://github.com/octo-org/hello-world/commit/ec26c3e.patch", Cause("ec26c3e", None)),
        ("<!-- caused by #12 -->", Cause(None, None)),
        ("", Cause(None, None)),
    ],
)
def test_an_incident_names_its_cause(text: str, expected: Cause) -> None:
    assert cause(text, OWNER, REPO) == expected


def test_the_texts_of_an_issue_give_its_severity_and_its_cause() -> None:
    facts = issue_facts("[SEV1] The shop is down", "caused by #12", OWNER, REPO)
    assert facts == {"severity": 1, "cause_sha": None, "cause_number": 12}


def test_the_fingerprint_is_of_the_author_time_and_the_first_line() -> None:
    expected = hashlib.sha256(b"1795500000000\nPay Mona").hexdigest()[:16]
    assert fingerprint(1_795_500_000_000, "Pay Mona") == expected
    assert fingerprint(1_795_500_000_000, "Pay Mona (#12)\n\nCloses #7") == expected
    assert fingerprint(1_795_500_000_000, "  Pay Mona (#12)\r\n") == expected


@pytest.mark.parametrize("other", ["Pay Mona!", "pay Mona", "Pay Mona (#12) again", "Pay Mona #12"])
def test_another_first_line_is_another_fingerprint(other: str) -> None:
    assert fingerprint(1, other) != fingerprint(1, "Pay Mona")


def test_another_time_is_another_fingerprint_and_no_time_is_none() -> None:
    assert fingerprint(1, "x") != fingerprint(2, "x")
    assert fingerprint(0, "x") is not None
    assert fingerprint(None, "x") is None


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
def test_any_text_has_facts(text: str) -> None:
    assert title_facts(text).revert_depth >= 0
    assert reverts(text, text, text, OWNER, REPO)
    assert len(closes(text, OWNER, REPO)) <= CLOSES_AT_MOST
    assert cause(text, OWNER, REPO) is not None
    assert len(fingerprint(1, text) or "") == 16


@pytest.mark.parametrize(
    "part",
    [
        *(
            "Revert ",
            'Revert "',
            'Reapply "',
            "revert: ",
            "revert(",
            "This reverts commit ",
            "This reverts commit abcdef",
            "(#",
            "(#1",
        ),
        *(
            "fixes ",
            "fixes #1 ",
            "fixes   ",
            "fix " + "a" * 100 + "/" + "b" * 100,
            "https://",
            "caused by ",
            "caused by #",
            "#1",
        ),
        *(
            "Reverts a/b#",
            "Reverts " + "a" * 99 + "/",
            " ",
            "\n",
            "\r",
            "é",
            "<!--",
            "```\n",
            "a-",
            "caused by https://a",
        ),
    ],
)
def test_a_megabyte_of_hostile_text_has_facts_in_linear_time(part: str) -> None:
    text = part * (1_000_000 // len(part))
    start = time.process_time()
    title_facts(text)
    reverts('Revert "x"', text, text, OWNER, REPO)
    reverts(text, "", None, OWNER, REPO)
    closes(text, OWNER, REPO)
    cause(text, OWNER, REPO)
    fingerprint(1, text)
    assert time.process_time() - start < 8
