"""Loads and validates the settings of core/settings_table.py. Each entry point does so first, and reports every problem at once."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_type_hints
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, ValidationInfo, create_model, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core import setting_types
from core.api_origin import ApiOrigin, host_of
from core.setting_types import APP
from core.settings_table import AllSettings, rows
from core.url_security import without_userinfo

_TOKENS = ("github_access_token", "repo_write_access_token", "github_app_private_key")
"""The secrets that prove to GitHub who sends a request."""
_SECRETS = (*_TOKENS, "github_webhook_secret")
_FIRST_HALF = {"repo_name": "repo_owner", "author_email": "author_name", "committer_email": "committer_name"}


class SettingsError(ValueError):
    """Some variables are unset or malformed; the message has one line for each."""


def _fields() -> dict[str, Any]:
    """Return type and field of each row, as create_model takes them."""
    types = get_type_hints(AllSettings, vars(setting_types), include_extras=True)
    defaults = {
        name: SecretStr("") if SecretStr in (types[name], *get_args(types[name])) else row.default
        for name, row in rows(AllSettings).items()
    }
    return {
        name: (types[name], Field(defaults[name], description=row.description))
        for name, row in rows(AllSettings).items()
    }


if TYPE_CHECKING:

    class _Fields(BaseSettings, AllSettings):
        """The fields that the table describes."""

else:
    _Fields = create_model("_Fields", __base__=BaseSettings, **_fields())


class Settings(_Fields):
    """Settings of the worker and of the command line. Secrets come from here only on a local machine."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)
    _is_api_of_file: bool = PrivateAttr(default=False)
    _withheld: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("repo_name", "author_email", "committer_email", mode="after")
    @classmethod
    def _both_halves(cls, second: str, info: ValidationInfo) -> str:
        """Require both settings of a pair or neither of them."""
        other = _FIRST_HALF[info.field_name or ""]
        first = info.data.get(other, second)
        if first and not second:
            raise ValueError(f"{str(info.field_name).upper()}: must be set, as {other.upper()} is")
        if second and not first:
            raise ValueError(f"{other.upper()}: must be set, as {str(info.field_name).upper()} is")
        return second

    @field_validator("store", mode="after")
    @classmethod
    def _has_a_repository(cls, store: str, info: ValidationInfo) -> str:
        if store == "github" and not info.data.get("repo_owner", "?"):
            raise ValueError("REPO_OWNER: must be set, with REPO_NAME, for STORE=github; `telemetry init` does it")
        return store

    @field_validator("store_bucket", mode="after")
    @classmethod
    def _is_a_bucket(cls, bucket: str, info: ValidationInfo) -> str:
        if info.data.get("store") in ("s3", "gcs") and not bucket:
            raise ValueError(f"must be set for STORE={info.data['store']}")
        return bucket

    @property
    def root(self) -> str:
        """Return the prefix of every path in the store: REPO_PATH and a slash, or an empty string."""
        return f"{self.repo_path}/" if self.repo_path else ""

    @property
    def watched(self) -> list[tuple[str, str]]:
        """Return owner and name of each watched repository; an empty list means all that the source token can read."""
        return [
            (owner, name)
            for owner, _, name in (
                full_name.partition("/") for full_name in self.watched_repositories.split(",") if full_name
            )
        ]

    @property
    def hook_owners(self) -> list[str]:
        """Return OWNER or OWNER/NAME of each account or repository with a webhook of this system, and APP for the GitHub App."""
        default = ",".join([APP] * bool(self.github_app_id) + [self.watched_repositories])
        return [owner for owner in (self.watched_hooks or default).split(",") if owner]

    @property
    def api_origin(self) -> ApiOrigin:
        """Return the server of GITHUB_API_URL, and which secrets must not be sent there."""
        return ApiOrigin(host_of(self.github_api_url), self._is_api_of_file, self._withheld)

    @property
    def github_host(self) -> str:
        """Return the host for records whose payload names none: that of an Enterprise API URL, else github.com."""
        parts = urlsplit(self.github_api_url)
        host = parts.hostname or ""
        if parts.path.rstrip("/").endswith("/api/v3"):
            return host
        return host.removeprefix("api.") if host.startswith("api.") and host.endswith(".ghe.com") else "github.com"


class DeploymentSettings(Settings):
    """Settings of the deployment commands: Terraform names and creates the bucket of STORE=s3."""

    store_bucket: str = Field(
        "", validate_default=False, description="Bucket that Terraform creates; by default Terraform chooses its name."
    )


def load(env_file: str | None = None, *, kind: type[Settings] = Settings, **overrides: Any) -> Settings:
    """Load the settings from the environment, then from a `.env` file; raise SettingsError with every problem.

    If only the file names the server of GITHUB_API_URL, tokens of the environment are left out, unless the server is GitHub's own.
    """
    try:
        settings = kind(_env_file=env_file, **overrides)  # type: ignore[call-arg]  # _env_file is a keyword of pydantic-settings
        return settings if env_file is None else _without_foreign_tokens(settings, overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(sorted(_problem(detail) for detail in error.errors()))) from None


@cache
def _of_environment() -> Any:
    """Return a model of the server and the secrets alone: the other settings may be valid only together with the file."""
    fields = {name: field for name, field in _fields().items() if name in (*_SECRETS, "github_api_url")}
    return create_model("_OfEnvironment", __base__=_IgnoringEmpty, **fields)


class _IgnoringEmpty(BaseSettings):
    model_config = Settings.model_config


def _without_foreign_tokens(settings: Settings, overrides: dict[str, Any]) -> Settings:
    """Return the settings without tokens of the environment if they must not be sent to the server of GITHUB_API_URL."""
    environment = _of_environment()(**{name: value for name, value in overrides.items() if name == "github_api_url"})
    settings._is_api_of_file = settings.github_api_url != environment.github_api_url  # noqa: SLF001 (its own module)
    if settings.api_origin.is_trusted:
        return settings
    secrets = {name: getattr(settings, name) for name in _SECRETS}
    found = [
        name for name, value in secrets.items() if value.get_secret_value() and value == getattr(environment, name)
    ]
    settings._withheld = tuple(name.upper() for name in found)  # noqa: SLF001 (its own module)
    return settings.model_copy(update={name: SecretStr("") for name in found if name in _TOKENS})


def _problem(error: Any) -> str:
    """Return one line that names the variable; a validator's message may start with the name of another variable."""
    message = error["msg"].removeprefix("Value error, ")
    message = without_userinfo(message)
    if re.match(r"[A-Z_]+: ", message):
        return str(message)
    return f"{str(error['loc'][0]).upper()}: {message.replace('Input should', 'must')}"


class Described(NamedTuple):
    """A setting as `telemetry settings` and the documents show it."""

    variable: str
    now: str
    """The current value; for a secret only whether it is set."""
    default: str
    description: str


def described(settings: Settings) -> list[Described]:
    """Return every setting in the order of the class."""
    return [
        Described(
            name.upper(),
            _shown(getattr(settings, name)),
            _shown(field.default),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else ""
    return without_userinfo(str(value))
