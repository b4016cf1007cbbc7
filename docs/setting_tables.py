"""Generate what the documentation, the deploy workflow and Terraform say of the settings."""

import json
import re
import textwrap
from collections.abc import Iterator

from core.settings import Described, Settings, described
from core.settings_table import AllSettings, SharedSettings, rows

_PUBLISHED = re.compile("REPO_(OWNER|NAME|PATH)|TARGET_BRANCH|CONFLICT_RETRIES|(AUTHOR|COMMITTER)_(NAME|EMAIL)")
_HEAD = """\
# Every setting with its default. Copy this file to .env, and remove the # from the lines that you change.
# The server reads .env from its current folder; environment variables take precedence.
# `telemetry settings` prints the current values.
"""
_GROUPS = {
    "published": "Data repository and commits (published names)",
    "secret": "Secrets, for this machine only. Never commit them",
    "other": "Other settings",
}


def env_example() -> str:
    """Return the text of `.env.example`: each setting commented out, below its description."""
    groups: dict[str, list[str]] = {group: [] for group in _GROUPS}
    for setting in described(_defaults()):
        groups[_group(setting)].append(_assignment(setting))
    sections = (f"# --- {title}\n\n" + "\n".join(groups[group]) for group, title in _GROUPS.items())
    return _HEAD + "\n" + "\n".join(sections)


def terraform_settings() -> str:
    """Return the text of `terraform/settings.json`: the settings that both modules pass to the functions."""
    shared = rows(SharedSettings)
    passed = {
        name: {"type": "number" if isinstance(row.default, (int, float)) else "string", "webhook": name in shared}
        for name, row in rows(AllSettings).items()
        if row.passed
    }
    lines = (f"  {json.dumps(name)}: {json.dumps(setting)}" for name, setting in passed.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def deployment_variables() -> str:
    """Return the environment of the deploy workflow: each setting that Terraform gets is a variable of the repository.

    GitHub keeps names that begin with GITHUB_ to itself, and sets some of them for every job.
    """
    lines = []
    for name, row in rows(AllSettings).items():
        variable = name.upper()
        source = _workflow_variable(variable)
        default = f" || '{row.default}'" if source != variable and row.default else ""
        if row.passed:
            lines.append(f"  {variable}: ${{{{ vars.{source}{default} }}}}\n")
    return "".join(lines)


def _workflow_variable(variable: str) -> str:
    return f"TELEMETRY_{variable}" if variable.startswith("GITHUB_") else variable


def _assignment(setting: Described) -> str:
    comment = textwrap.fill(setting.description, 110, initial_indent="# ", subsequent_indent="# ")
    return f"{comment}\n#{setting.variable}={setting.default}\n"


def _group(setting: Described) -> str:
    if "Secret" in str(Settings.model_fields[setting.variable.lower()].annotation):
        return "secret"
    return "published" if _PUBLISHED.fullmatch(setting.variable) else "other"


def table() -> Iterator[tuple[str, str, str]]:
    """Yield variable, default and description of each setting."""
    for setting in described(_defaults()):
        yield f"`{setting.variable}`", f"`{setting.default}`" if setting.default else "none", setting.description


def _defaults() -> Settings:
    """Return the defaults, independent of the environment."""
    return Settings.model_construct()
