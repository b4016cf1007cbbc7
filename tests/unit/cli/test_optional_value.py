from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from cli.optional_value import NO_VALUE, command_with_optional_value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([], ""),
        (["--evidence"], NO_VALUE),
        (["--evidence", "--weeks", "3"], NO_VALUE),
        (["--weeks", "3", "--evidence"], NO_VALUE),
        (["--evidence="], NO_VALUE),
        (["--evidence=", "--weeks", "3"], NO_VALUE),
        (["--evidence", ""], NO_VALUE),
        (["--evidence", "", "--weeks", "3"], NO_VALUE),
        (["--evidence", "queue_time"], "queue_time"),
        (["--evidence=queue_time", "--weeks", "3"], "queue_time"),
    ],
)
def test_an_option_may_stand_without_its_value(words: list[str], value: str) -> None:
    app, given = typer.Typer(), []

    @app.command(cls=command_with_optional_value("--evidence"))
    def command(evidence: Annotated[str, typer.Option()] = "", weeks: Annotated[int, typer.Option()] = 3) -> None:
        given.append((evidence, weeks))

    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.output, given) == (0, "", [(value, 3)])
