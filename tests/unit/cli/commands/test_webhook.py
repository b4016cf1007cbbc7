import pytest
import typer

from cli.commands import doctor, webhook
from core.secrets_cache import WEBHOOK_SECRET
from runtimes.local import queue_choice, sqlite_wiring
from runtimes.local.queue_choice import QueueChoice
from tests.builders import settings


@pytest.mark.usefixtures("tmp_path")
def test_the_secret_that_the_server_made_is_that_of_the_webhook() -> None:
    queue_choice.record(QueueChoice.SQLITE)
    with pytest.raises(typer.Exit):
        webhook._secret(settings())
    before = doctor._local_context(settings()).secrets.get(WEBHOOK_SECRET)
    made = sqlite_wiring.ensure_webhook_secret(settings())
    assert (before or "", webhook._secret(settings())) == ("", made)
    assert doctor._local_context(settings()).secrets[WEBHOOK_SECRET] == made


@pytest.mark.usefixtures("tmp_path")
def test_the_secret_of_the_settings_comes_first() -> None:
    queue_choice.record(QueueChoice.SQLITE)
    sqlite_wiring.ensure_webhook_secret(settings())
    own = settings(github_webhook_secret="new\nold")
    assert (webhook._secret(own), doctor._local_context(own).secrets[WEBHOOK_SECRET]) == ("new", "new\nold")


def test_without_a_secret_the_command_says_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        webhook._secret(settings())
    assert capsys.readouterr().err.startswith("which secret? Say --deployed aws")
