from pathlib import Path

import pytest

from core.api_origin import ApiOrigin
from core.settings import DeploymentSettings, Settings, load

TOKENS = ("GITHUB_ACCESS_TOKEN", "REPO_WRITE_ACCESS_TOKEN", "GITHUB_APP_PRIVATE_KEY")
SECRET = "0123456789abcdef0123456789abcdef"
SERVER = "https://github.octo.example/api/v3"


@pytest.fixture
def env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A `.env` beside an environment with every secret, of which only the file names a server."""
    monkeypatch.delenv("GITHUB_API_URL", raising=False)
    for name in TOKENS:
        monkeypatch.setenv(name, "of-the-environment")
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", SECRET)
    (tmp_path / ".env").write_text(f"GITHUB_API_URL={SERVER}\n")
    return tmp_path / ".env"


def tokens(settings: Settings) -> list[str]:
    return [getattr(settings, name.lower()).get_secret_value() for name in TOKENS]


@pytest.mark.parametrize("kind", [Settings, DeploymentSettings])
def test_tokens_of_the_environment_are_withheld_from_a_server_of_the_file(env_file: Path, kind: type[Settings]) -> None:
    settings = load(str(env_file), kind=kind)
    assert (tokens(settings), type(settings)) == ([""] * 3, kind)
    expected = ApiOrigin("github.octo.example", is_of_file=True, withheld=(*TOKENS, "GITHUB_WEBHOOK_SECRET"))
    assert settings.api_origin == settings.model_copy(update={"port": 1}).api_origin == expected
    assert settings.github_webhook_secret.get_secret_value() == SECRET, "the server verifies deliveries with it"


@pytest.mark.parametrize(
    ("url", "host", "is_trusted"),
    [
        ("https://collector.example", "collector.example", False),
        ("https://api.github.com.example", "api.github.com.example", False),
        ("https://ghe.com.example/api/v3", "ghe.com.example", False),
        ("https://api.octo.ghe.com", "octo.ghe.com", True),
    ],
)
def test_only_github_s_own_servers_get_tokens_of_the_environment(
    env_file: Path,
    url: str,
    host: str,
    is_trusted: bool,  # noqa: FBT001 (of the table)
) -> None:
    env_file.write_text(f"GITHUB_API_URL={url}\n")
    settings = load(str(env_file))
    assert (settings.api_origin.host, settings.api_origin.is_trusted) == (host, is_trusted)
    assert all(tokens(settings)) == is_trusted


def test_the_environment_chooses_a_server_for_its_own_tokens(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", SERVER)
    settings = load(str(env_file))
    assert (tokens(settings), settings.api_origin) == (
        ["of-the-environment"] * 3,
        ApiOrigin("github.octo.example", is_of_file=False),
    )


def test_tokens_beside_the_server_in_the_file_are_sent_there(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TOKENS:
        monkeypatch.delenv(name)
    with env_file.open("a") as file:
        file.writelines(f"{name}=of-the-file\n" for name in TOKENS)
    settings = load(str(env_file))
    assert tokens(settings) == ["of-the-file"] * 3
    assert settings.api_origin.withheld == ("GITHUB_WEBHOOK_SECRET",)


def test_settings_that_are_complete_only_with_the_file_are_loaded(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE", "github")
    with env_file.open("a") as file:
        file.write("REPO_OWNER=octo-org\nREPO_NAME=telemetry-data\n")
    assert load(str(env_file)).api_origin.withheld
