"""Loads and validates the settings of core/settings_table.py. Each entry point does so first, and reports every problem at once."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_type_hints
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, create_model, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core import setting_types
from core.setting_types import APP
from core.settings_table import AllSettings, rows
from core.url_security import without_userinfo

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
    """Load the settings from the environment, then from a `.env` file; raise SettingsError with every problem."""
    try:
        return kind(_env_file=env_file, **overrides)  # type: ignore[call-arg]  # _env_file is a keyword of pydantic-settings
    except ValidationError as error:
        raise SettingsError("\n".join(sorted(_problem(detail) for detail in error.errors()))) from None


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
