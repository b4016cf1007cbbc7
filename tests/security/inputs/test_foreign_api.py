"""No command sends a secret of the environment, or of a deployment, to a server that only the folder's `.env` names."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from cli import commands
from cli.app import app
from cli.commands import smoke
from cli.deployment.cloud import TargetError
from core.discovery import discover, module_names
from core.settings import DeploymentSettings, load

RUNNER = CliRunner()
SECRETS = ("GITHUB_ACCESS_TOKEN", "REPO_WRITE_ACCESS_TOKEN", "GITHUB_APP_PRIVATE_KEY", "GITHUB_TOKEN", "GH_TOKEN")
WITHOUT_SETTINGS = {"catalog", "export", "metrics", "models", "sql", "workflow"}
"""Commands that read no settings, and send nothing to GitHub."""
EXAMPLES = sorted(
    {example.partition(" > ")[0] for of_command in discover(commands.__name__, "EXAMPLES") for example in of_command}
)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[str]]]:
    """A server that collects what it gets: its address, and the requests."""
    requests: list[str] = []

    class Collector(StreamRequestHandler):
        def handle(self) -> None:
            requests.append(self.rfile.readline().decode())

    with ThreadingTCPServer(("127.0.0.1", 0), Collector) as listening:
        Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}", requests
        listening.shutdown()


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: tuple[str, list[str]]) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_API_URL", "GITHUB_APP_ID", "STORE"):
        monkeypatch.delenv(name, raising=False)
    for name in SECRETS:
        monkeypatch.setenv(name, "secret-of-the-environment")
    monkeypatch.setenv("PATH", "/nonexistent")
    (tmp_path / ".env").write_text(f"GITHUB_API_URL={server[0]}\n")
    (tmp_path / "payload.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_secret_of_the_environment_is_sent_to_no_server_of_the_file(
    example: str, server: tuple[str, list[str]]
) -> None:
    _, command, *arguments = shlex.split(example)
    result = RUNNER.invoke(app, [command, *arguments])
    assert server[1] == []
    if command not in WITHOUT_SETTINGS:
        assert (result.exit_code, result.stdout) == (2, ""), result.output
        assert "GITHUB_API_URL in .env names 127.0.0.1: " in result.stderr
        assert " of your environment is not sent there. If 127.0.0.1 is your GitHub Enterprise Server" in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_every_command_has_an_example() -> None:
    names = {name.removesuffix("_").replace("_", "-") for name in module_names(commands.__name__)}
    assert {example.split()[1] for example in EXAMPLES} == names


@pytest.fixture
def own_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has a token of its own, which its server may get."""
    for name in SECRETS:
        monkeypatch.delenv(name)
    with (folder / ".env").open("a") as file:
        file.write("GITHUB_ACCESS_TOKEN=of-the-file\nREPO_OWNER=octo-org\nREPO_NAME=telemetry-data\n")


@pytest.mark.usefixtures("own_token")
@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor", "aws"],
        ["webhook", "add", "octo-org", "--deployed", "aws"],
        ["rotate", "webhook-secret", "octo-org", "--deployed", "aws"],
    ],
)
def test_secrets_of_a_deployment_are_sent_to_no_server_of_the_file(
    arguments: list[str], server: tuple[str, list[str]]
) -> None:
    result = RUNNER.invoke(app, arguments)
    assert (result.exit_code, server[1]) == (1, []), result.output
    assert "names 127.0.0.1: the deployment's secrets are not sent there" in result.stderr


@pytest.mark.usefixtures("own_token")
def test_a_server_of_the_file_gets_no_data_token_of_a_deployment() -> None:
    settings = load(".env", kind=DeploymentSettings)
    with pytest.raises(TargetError, match="the deployment's secrets are not sent there"):
        smoke._data_repository(settings, cast("Any", None))  # no cloud is asked


@pytest.mark.usefixtures("own_token")
def test_the_webhook_secret_of_the_environment_is_not_sent_with_a_webhook(
    monkeypatch: pytest.MonkeyPatch, server: tuple[str, list[str]]
) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "0123456789abcdef0123456789abcdef")
    result = RUNNER.invoke(app, ["webhook", "add", "octo-org/app", "--url", "https://hooks.octo.example/telemetry"])
    assert (result.exit_code, server[1]) == (2, []), result.output
    assert "GITHUB_WEBHOOK_SECRET of your environment is not sent there" in result.stderr
