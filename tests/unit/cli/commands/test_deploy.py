import pytest

from cli.commands import deploy
from cli.deployment.cloud import TargetError
from core.secrets_cache import APP_KEY, DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET
from core.settings import Settings
from tests.builders import settings


class Target:
    """A target whose cloud lacks some secrets, or may not list them."""

    name = "aws"

    def __init__(self, *missing: str, refusal: str = "") -> None:
        self._missing = missing
        self._refusal = refusal

    @property
    def cloud(self) -> "Target":
        return self

    def secret_location(self, name: str) -> str:
        return f"/telemetry/prod/{name}"

    def missing_secrets(self, names: tuple[str, ...]) -> list[str]:
        if self._refusal:
            raise TargetError(self._refusal)
        return [name for name in names if name in self._missing]


def next_step(target: Target, chosen: Settings) -> str:
    line = deploy._next_step(target, chosen)  # type: ignore[arg-type]
    assert len(line.splitlines()) == 1
    return line


def test_each_missing_secret_is_named_with_the_command_that_sets_it() -> None:
    line = next_step(Target(WEBHOOK_SECRET, SOURCE_TOKEN), settings())
    assert line.startswith(
        "Missing: /telemetry/prod/github-webhook-secret-token, /telemetry/prod/github-access-token/source"
    )
    assert "run `make secrets-aws`" in line
    assert DATA_TOKEN not in line


@pytest.mark.parametrize(("app_id", "missing"), [("", False), ("7", True)])
def test_an_app_needs_its_key(app_id: str, missing: bool) -> None:  # noqa: FBT001 (a parameter)
    line = next_step(Target(APP_KEY), settings(github_app_id=app_id))
    assert ("Missing: /telemetry/prod/github-app-private-key" in line) is missing


def test_with_every_secret_the_next_step_is_the_smoke_test() -> None:
    assert next_step(Target(), settings()) == (
        "Next: `make smoke-aws`, then create the webhook at GitHub: `telemetry webhook add OWNER/NAME --deployed aws`."
    )


def test_secrets_that_may_not_be_listed_are_no_failure() -> None:
    line = next_step(Target(refusal="the parameters cannot be listed: AccessDeniedException"), settings())
    assert "`make secrets-aws`, if the secrets are not set yet (the parameters cannot be listed" in line
