import os
from pathlib import Path

import pytest

from cli.trial.access_token import FoundToken, ask_gh, find_token, how_to_get_one
from core.api_origin import ApiOrigin


def no_gh(_: str) -> str | None:
    return None


@pytest.mark.parametrize(
    ("configured", "environment", "gh", "found"),
    [
        ("c", {"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}, "g", FoundToken("c", "GITHUB_ACCESS_TOKEN")),
        ("", {"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}, "g", FoundToken("a", "GITHUB_TOKEN")),
        ("", {"GITHUB_TOKEN": " ", "GH_TOKEN": "b\n"}, "g", FoundToken("b", "GH_TOKEN")),
        ("", {"GH_ENTERPRISE_TOKEN": "e"}, "g", FoundToken("g", "`gh auth token`")),
        ("", {}, None, None),
    ],
)
def test_the_first_token_that_is_set_is_used(
    configured: str, environment: dict[str, str], gh: str | None, found: FoundToken | None
) -> None:
    assert find_token(configured, ApiOrigin("github.com", is_of_file=False), environment, lambda _: gh) == found


def test_a_token_of_the_enterprise_server_comes_before_one_of_github_com() -> None:
    environment = {"GITHUB_TOKEN": "a", "GH_ENTERPRISE_TOKEN": "e"}
    server, cloud = (ApiOrigin(host, is_of_file=False) for host in ("github.octo.example", "octo.ghe.com"))
    assert find_token("", server, environment, no_gh) == FoundToken("e", "GH_ENTERPRISE_TOKEN")
    assert find_token("", cloud, environment, no_gh) == FoundToken("a", "GITHUB_TOKEN")


@pytest.mark.parametrize(("host", "is_trusted"), [("collector.example", False), ("octo.ghe.com", True)])
def test_a_server_that_only_the_file_names_gets_no_other_token(host: str, is_trusted: bool) -> None:  # noqa: FBT001 (of the table)
    tokens = dict.fromkeys(("GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN"), "a")
    at = ApiOrigin(host, is_of_file=True)
    own, of_gh = FoundToken("a", "GITHUB_TOKEN"), FoundToken("g", "`gh auth token`")
    assert find_token("", at, tokens, {host: "g"}.get) == (own if is_trusted else of_gh)
    assert ("a token of your environment is not sent there" in how_to_get_one(at)) != is_trusted


@pytest.mark.parametrize(
    ("script", "token"),
    [
        ('[ "$*" = "auth token --hostname octo.ghe.com" ] && echo t0ken', "t0ken"),
        ("echo not logged in >&2; exit 1", None),
        ("true", None),
    ],
)
def test_gh_is_asked_for_the_token_of_the_host(
    script: str, token: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "gh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert ask_gh("octo.ghe.com") == token


def test_a_program_of_this_folder_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "gh").write_text("#!/bin/sh\ntouch ran\necho t0ken\n")
    (tmp_path / "gh").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    assert ask_gh("github.com") is None
    assert not (tmp_path / "ran").exists()


def test_without_gh_there_is_no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_gh("github.com") is None
