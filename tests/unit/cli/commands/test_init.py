from pathlib import Path

import pytest
import typer

from cli.commands import init


@pytest.mark.parametrize("argument", ["octo-org", "octo-org/", "/data"])
def test_half_a_name_is_not_completed_from_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argument: str
) -> None:
    (tmp_path / ".env").write_text("REPO_OWNER=acme\nREPO_NAME=telemetry-data\n")
    with pytest.raises(typer.Exit):
        init._settings(argument, "", "")
    assert capsys.readouterr().err.startswith("which repository? Name OWNER/NAME")


def test_without_an_argument_the_repository_is_that_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REPO_OWNER=acme\nREPO_NAME=telemetry-data\n")
    settings = init._settings("", "", "")
    assert (settings.repo_owner, settings.repo_name) == ("acme", "telemetry-data")
