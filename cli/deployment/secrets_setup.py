"""Sets the secrets of a deployment. Values are never printed, except the webhook secret on request."""

import secrets as randomness
from collections.abc import Callable
from typing import NamedTuple

from cli.deployment.cloud import Cloud, TargetError
from cli.deployment.target import Target
from core.github.app_tokens import pem
from core.secrets_cache import APP_KEY, DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, live_secrets
from core.settings import Settings
from telemetry_functions.installation import instruction

NAMES = (WEBHOOK_SECRET, SOURCE_TOKEN, DATA_TOKEN)
_APP_NAMES = (WEBHOOK_SECRET, APP_KEY, DATA_TOKEN)
ALL_NAMES = (WEBHOOK_SECRET, SOURCE_TOKEN, DATA_TOKEN, APP_KEY)
ABOUT = {
    SOURCE_TOKEN: "a token that reads the repositories to measure",
    DATA_TOKEN: "a token that writes the data repository",
    APP_KEY: "the GitHub App's private key, its line ends written as \\n",
}


class SecretResult(NamedTuple):
    """Outcome for one secret."""

    name: str
    location: str
    """Name under which the cloud keeps the secret."""
    message: str


def names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the secrets that a deployment with these settings needs."""
    return _APP_NAMES if settings.github_app_id else NAMES


def configured_values(settings: Settings) -> dict[str, str]:
    """Return the secrets configured in .env and the environment, by name."""
    secrets = {
        WEBHOOK_SECRET: settings.github_webhook_secret,
        SOURCE_TOKEN: settings.github_access_token,
        DATA_TOKEN: settings.repo_write_access_token,
    }
    values = {name: value.get_secret_value() for name, value in secrets.items()}
    return values | (
        {APP_KEY: pem(settings.github_app_private_key.get_secret_value())} if settings.github_app_id else {}
    )


def put_secrets(cloud: Cloud, values: dict[str, str], ask: Callable[[str], str], *, rotate: bool) -> list[SecretResult]:
    """Set missing secrets, or with `rotate` all secrets; includes the App key if configured. Raises TargetError."""
    return [
        _set_secret(cloud, name, values.get(name, ""), ask, rotate=rotate)
        for name in (_APP_NAMES if APP_KEY in values else NAMES)
    ]


def webhook_secret(target: Target) -> str:
    """Return the newest webhook secret; raises TargetError if none is set."""
    live = live_secrets(target.cloud.secret(WEBHOOK_SECRET))
    if not live:
        raise TargetError(f"the webhook secret is not set: `{instruction(f'secrets-{target.name}')}` sets it")
    return live[0]


def _set_secret(cloud: Cloud, name: str, value: str, ask: Callable[[str], str], *, rotate: bool) -> SecretResult:
    live = live_secrets(cloud.secret(name))
    if live and not rotate:
        return SecretResult(name, cloud.secret_location(name), "is set already and stays (ROTATE=1 replaces it)")
    new_value, message = _new_value(name, live, value, ask)
    if new_value is not None:
        cloud.put_secret(name, new_value)
    return SecretResult(name, cloud.secret_location(name), message)


def _new_value(name: str, live: list[str], configured: str, ask: Callable[[str], str]) -> tuple[str | None, str]:
    """Return the value to set, or None, and a message."""
    if name == WEBHOOK_SECRET:
        new_secrets = [secret for secret in live_secrets(configured) if secret not in live] or [
            randomness.token_hex(32)
        ]
        if live:
            return f"{new_secrets[0]}\n{live[0]}", "is new; the previous one stays valid"
        return "\n".join(live_secrets(configured) or new_secrets), "is set" if live_secrets(
            configured
        ) else "is set to a new one"
    value = configured.strip() or ask(f"{name}: {ABOUT[name]}").strip()
    if not value:
        return None, "stays as it was: no new one was given" if live else "is NOT set"
    return value, "is new" if live else "is set"
