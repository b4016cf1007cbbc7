import os
from pathlib import Path

import pytest

from cli.trial.access_token import FoundToken, Origin, ask_gh, configured_token, find_token, origin
from core.settings import load


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
    assert find_token(configured, Origin("github.com", False), environment, lambda _: gh) == found


def test_a_token_of_the_enterprise_server_comes_before_one_of_github_com() -> None:
    environment = {"GITHUB_TOKEN": "a", "GH_ENTERPRISE_TOKEN": "e"}
    server, cloud = (Origin(host, False) for host in ("github.octo.example", "octo.ghe.com"))
    assert find_token("", server, environment, no_gh) == FoundToken("e", "GH_ENTERPRISE_TOKEN")
    assert find_token("", cloud, environment, no_gh) == FoundToken("a", "GITHUB_TOKEN")


@pytest.mark.parametrize(
    ("url", "host", "is_trusted"),
    [
        ("https://collector.example", "collector.example", False),
        ("https://github.octo.example/api/v3", "github.octo.example", False),
        ("https://api.github.com.example", "api.github.com.example", False),
        ("https://api.octo.ghe.com", "octo.ghe.com", True),
    ],
)
def test_a_server_that_only_the_file_names_gets_no_other_token(
    url: str,
    host: str,
    is_trusted: bool,  # noqa: FBT001 (of the table)
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The folder may be a clone of somebody else's repository, with a `.env` that collects tokens."""
    monkeypatch.delenv("GITHUB_API_URL", raising=False)
    monkeypatch.setenv("GITHUB_ACCESS_TOKEN", "c")
    (tmp_path / ".env").write_text(f"GITHUB_API_URL={url}\n")
    of_both, environment = load(str(tmp_path / ".env")), load()
    at = origin(of_both, environment)
    assert (at.host, at.is_trusted) == (host, is_trusted)
    tokens = dict.fromkeys(("GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN"), "a")
    found = find_token(configured_token(of_both, environment, at), at, tokens, {host: "g"}.get)
    assert found == (FoundToken("c", "GITHUB_ACCESS_TOKEN") if is_trusted else FoundToken("g", "`gh auth token`"))

    monkeypatch.setenv("GITHUB_API_URL", url)
    assert origin(of_both, load()).is_trusted, "the environment is the user's own choice"


def test_the_token_beside_the_server_in_the_file_is_sent_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GITHUB_API_URL", "GITHUB_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text("GITHUB_API_URL=https://github.octo.example/api/v3\nGITHUB_ACCESS_TOKEN=f\n")
    of_both, environment = load(str(tmp_path / ".env")), load()
    assert configured_token(of_both, environment, origin(of_both, environment)) == "f"


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
