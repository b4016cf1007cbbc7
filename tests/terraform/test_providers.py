"""The versions that the documents list are those that the tests run, and a lock has exactly the newest of them."""

import os
import re
from pathlib import Path

import pytest

from docs import providers
from tests.terraform.google_terraform import VERSIONS

_MIRROR = os.environ.get("TF_PLUGIN_DIR", "")
_VERSION = re.compile(r'^  version += "(.*)"$', re.MULTILINE)


def test_the_tests_run_the_listed_versions() -> None:
    """test_module.py asserts the version of hashicorp/aws that each of its runs selected; the one of hashicorp/google is pinned."""
    assert providers.versions("gcp") == VERSIONS
    assert providers.versions("aws")[-1].startswith(
        providers.constraint("terraform/live/aws/main.tf").removeprefix("~> ")
    )
    assert providers.versions("gcp")[-1].startswith(
        providers.constraint("terraform/live/gcp/main.tf").removeprefix("~> ")
    )


def test_the_page_lists_each_version_and_calls_all_others_not_run() -> None:
    rows = list(providers.rows())
    listed = [version for row in rows if row[3] != "not run" for version in row[2].split(", ")]
    assert listed == [version for tried in providers.TRIED for version in tried.versions]
    assert [row[0] for row in rows if row[2:] == ("any other", "not run")] == ["`hashicorp/aws`", "`hashicorp/google`"]


@pytest.mark.terraform
@pytest.mark.parametrize("tried", providers.TRIED, ids=lambda tried: tried.module)
def test_a_lock_has_the_newest_tried_version(tried: providers.Tried, tmp_path: Path) -> None:
    """From a mirror, for the one platform that it has; a release makes it from a registry for four."""
    if not _MIRROR:
        pytest.skip("set TF_PLUGIN_DIR to a mirror: a registry would download the providers for each platform")
    locked = providers.lock(tried, tmp_path, [f"-fs-mirror={_MIRROR}"], platforms=["linux_amd64"]).read_text()
    assert _VERSION.findall(locked) == [tried.versions[-1]]
    assert "h1:" in locked
