"""Puts a deployment's secrets where its functions read them. Values are never printed, but for one that is asked for."""

import secrets as randomness
from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, live_secrets
from core.settings import Settings
from runtimes.aws.ssm_secrets import error_code, parameter_name
from runtimes.local.targets import Target, TargetError

NAMES = (WEBHOOK_SECRET, SOURCE_TOKEN, DATA_TOKEN)
ABOUT = {
    SOURCE_TOKEN: "a token that reads the repositories to measure",
    DATA_TOKEN: "a token that writes the data repository",
}


class Put(NamedTuple):
    """What became of one secret."""

    name: str
    parameter: str
    said: str


def given(settings: Settings) -> dict[str, str]:
    """What .env and the environment say."""
    told = {
        WEBHOOK_SECRET: settings.github_webhook_secret,
        SOURCE_TOKEN: settings.github_access_token,
        DATA_TOKEN: settings.repo_write_access_token,
    }
    return {name: value.get_secret_value() for name, value in told.items()}


def put_all(
    place: Target, told: dict[str, str], ask: Callable[[str], str], *, rotate: bool, needed: tuple[str, ...] = NAMES
) -> list[Put]:
    """Each secret that is not set yet, or with `rotate` every one; raises TargetError."""
    ssm = place.client("ssm")
    return [_put(ssm, place, name, told.get(name, ""), ask, rotate=rotate) for name in needed]


def webhook_secret(place: Target) -> str:
    """The newest one, to be pasted into GitHub; raises TargetError."""
    live = live_secrets(_now(place.client("ssm"), parameter_name(place.environment_id, WEBHOOK_SECRET)))
    if not live:
        raise TargetError(f"the webhook secret is not set: `make secrets-{place.name}` puts it")
    return live[0]


def _put(ssm: Any, place: Target, name: str, told: str, ask: Callable[[str], str], *, rotate: bool) -> Put:
    parameter = parameter_name(place.environment_id, name)
    live = live_secrets(_now(ssm, parameter))
    if live and not rotate:
        return Put(name, parameter, "is set already and stays (ROTATE=1 puts a new one)")
    value, said = _next(name, live, told, ask)
    if value is None:
        return Put(name, parameter, said)
    try:
        ssm.put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True, **_key(ssm, parameter))
    except (BotoCoreError, ClientError) as error:
        raise TargetError(f"{parameter} cannot be put: {error_code(error)}") from None
    return Put(name, parameter, said)


def _next(name: str, live: list[str], told: str, ask: Callable[[str], str]) -> tuple[str | None, str]:
    """The value to put, or None; and what to say of it."""
    if name == WEBHOOK_SECRET:
        new = [secret for secret in live_secrets(told) if secret not in live] or [randomness.token_hex(32)]
        if live:
            return f"{new[0]}\n{live[0]}", "is new; the one before it is accepted beside it"
        return "\n".join(live_secrets(told) or new), "is set" if live_secrets(told) else "is set to a new one"
    value = told.strip() or ask(f"{name}: {ABOUT[name]}").strip()
    if not value:
        return None, "is NOT set"
    return value, "is new" if live else "is set"


def _now(ssm: Any, parameter: str) -> str:
    try:
        value: str = ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
    except (BotoCoreError, ClientError) as error:
        code = error_code(error)
        remedy = "deploy first" if code == "ParameterNotFound" else "who is signed in may not read it"
        raise TargetError(f"{parameter}: {code}: {remedy}") from None
    return value


def _key(ssm: Any, parameter: str) -> dict[str, str]:
    """The key that encrypts it now: a new value would otherwise take the account's own."""
    wanted = [{"Key": "Name", "Option": "Equals", "Values": [parameter]}]
    found = ssm.describe_parameters(ParameterFilters=wanted).get("Parameters", [])
    key = found[0].get("KeyId") if found else None
    return {"KeyId": key} if key else {}
