import time

import pytest

from warehouse import globs
from warehouse.globs import (
    GlobKind,
    is_literal_ref,
    matches_any_case,
    matches_in_folder,
    matches_name,
    matches_one,
    matches_path,
    matches_ref,
    may_match_below,
    overlap,
)

# The tables of GitHub's filter pattern cheat sheet (2026-11), with names that each pattern must not match.
CHEAT_SHEET = [
    ("feature/*", ["feature/my-branch", "feature/your-branch"], ["feature/a/b", "feature"]),
    ("feature/**", ["feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat"], ["features/a"]),
    ("main", ["main"], ["Main", "main2", "my/main"]),
    ("*", ["main", "releases", "README.md"], ["a/b"]),
    ("**", ["all/the/branches", "every/tag", "x"], []),
    ("*feature", ["mona-feature", "feature", "ver-10-feature"], ["a/feature"]),
    ("v2*", ["v2", "v2.0", "v2.9"], ["v1", "v2/a"]),
    ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.1", "v1x0.0", "v1.0.0-rc"]),
    ("*.jsx?", ["page.js", "page.jsx"], ["page.jsxx", "a/page.js"]),
    ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["index.jsx"]),
    ("docs/*", ["docs/README.md", "docs/file.txt"], ["docs/mona/octocat.txt"]),
    ("docs/**", ["docs/README.md", "docs/mona/octocat.txt"], ["my/docs/a", "docs"]),
    ("docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"], ["docs/a.txt", "README.md"]),
    ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["mydocs/a"]),
    ("**/README.md", ["README.md", "js/README.md"], ["README.md/a", "aREADME.md"]),
    ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["src"]),
    ("**/*-post.md", ["my-post.md", "path/their-post.md"], ["post.md"]),
    ("**/migrate-*.sql", ["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"], ["migrate-a/b.sql"]),
    ("a+b", ["ab", "aab", "a+b"], ["b"]),
    ("a\\+b", ["a+b", "a\\+b"], ["ab", "aab"]),
    ("v[", ["v["], ["v"]),
    ("[!a]", ["!", "a"], ["b"]),
    ("[^a]", ["^", "a"], ["b"]),
    ("a.c", ["a.c"], ["abc"]),
    ("a\nb", ["a\nb"], ["a\nb\n"]),
]  # fmt: skip


@pytest.mark.parametrize(("glob", "matching", "others"), CHEAT_SHEET, ids=[glob for glob, _, _ in CHEAT_SHEET])
def test_branches_and_paths_match_as_in_a_workflow(glob: str, matching: list[str], others: list[str]) -> None:
    assert [name for name in matching + others if matches_path(name, glob)] == matching
    assert [name for name in matching + others if matches_ref(name, glob)] == matching


def test_a_ref_may_be_named_in_full() -> None:
    refs = ["refs/heads/v1", "refs/tags/v1.0", "v1", "refs/pull/1/merge"]
    assert [ref for ref in refs if matches_ref(ref, "v*")] == refs[:3]


NAMES = [
    ("*prod*", ["shop / production", "prod"], ["Production"]),
    ("Deploy [prod]", ["Deploy [prod]", "Deploy p"], ["Deploy [prod"]),
    ("a?c", ["abc", "a/c"], ["ac"]),
    ("[!a]", ["b"], ["a", ""]),
    ("x", ["x"], ["x\n", "X"]),
]


@pytest.mark.parametrize(("glob", "matching", "others"), NAMES)
def test_the_star_of_a_name_matches_anything(glob: str, matching: list[str], others: list[str]) -> None:
    assert [name for name in matching + others if matches_name(name, glob)] == matching


def test_repositories_and_environments_match_in_any_case() -> None:
    assert matches_any_case("Octo-Org/Shop", "octo-org/SH*")
    assert not matches_any_case("octo-org/cart", "octo-org/sh*")


BELOW = [
    ("services/api/", "services/**", True),
    ("services/api/", "**", True),
    ("services/api/", "services/api/src/*.py", True),
    ("services/api/", "services/*/src/**", True),
    ("services/api/", "services/web/**", False),
    ("services/api/", "services/*", False),
    ("services/api/", "*.md", False),
    ("services/", "services/*.md", True),
    ("README.md", "*.md", True),
    ("README.md", "docs/*.md", False),
    ("api/", "**/*.md", True),
]


@pytest.mark.parametrize(("folder", "glob", "expected"), BELOW)
def test_a_glob_may_match_below_a_folder(folder: str, glob: str, *, expected: bool) -> None:
    assert may_match_below(folder, glob) is expected


IN_FOLDER = [
    ("services/api/", "services/api/**", True),
    ("services/api/", "services/**/*", True),
    ("services/api/", "services/api/*", None),  # records do not say how deep the file is
    ("services/api/", "services/api/src/**", None),
    ("services/api/", "services/api/**/*.py", None),
    ("services/api/", "services/web/**", False),
    ("api/", "api/*", True),  # deeper files have a folder of two levels
    ("api/", "api/**", True),
    ("api/", "api/*.py", None),
    ("api/", "api/**/*.py", None),
    ("api/", "api/src/**", False),
    ("api/", "*/src/*", False),
    ("README.md", "*.md", True),
    ("README.md", "docs/**", False),
]


@pytest.mark.parametrize(("folder", "glob", "expected"), IN_FOLDER)
def test_a_glob_matches_the_files_of_a_folder(folder: str, glob: str, *, expected: bool | None) -> None:
    assert matches_in_folder(folder, glob) is expected


def test_a_literal_has_no_wildcard() -> None:
    assert [is_literal_ref(text) for text in ("release/1.0", "a+b", "a*", "a?", "[a]")] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_globs_overlap_if_one_matches_the_text_of_another() -> None:
    assert overlap(["a", "Prod*"], ["x", "prod-eu"], globs.ENVIRONMENTS) == ("Prod*", "prod-eu")
    assert overlap(["prod-eu"], ["prod*"], globs.ENVIRONMENTS) == ("prod-eu", "prod*")
    assert overlap(["Prod*"], ["prod-eu"], globs.WORKFLOWS) is None


@pytest.mark.parametrize("kind", [globs.REPOSITORIES, globs.WORKFLOWS, globs.BRANCHES, globs.PATHS])
def test_a_long_name_is_matched_in_little_time(kind: GlobKind) -> None:
    started = time.perf_counter()
    assert not kind.matches("a" * 4_000, "*a*a*b")
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("name", "globs", "expected"),
    [
        ("Octo/Shop", ["octo/cart", "OCTO/shop"], True),
        ("octo/shop", ["octo/s*", "octo/cart"], True),
        ("octo/[a]", ["octo/[a]"], True),  # a glob that equals a name matches it
        ("octo/shop", ["octo/sho", "octo/shop2"], False),
        ("octo/shop", [], False),
    ],
)
def test_a_name_matches_one_of_several_globs(name: str, globs: list[str], expected: bool) -> None:  # noqa: FBT001 (a table)
    assert matches_one(name, globs) is expected
