"""Names the files of a trial, and the settings that read GitHub and write into its folder only."""

from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr

from cli.publishing import trial_note
from cli.publishing.dashboard_files import DASHBOARD_FILE
from cli.publishing.trial_note import TrialNote
from core.backfill.cursor import ConcurrentRunError
from core.ports import Store
from core.settings import Settings, load


class TrialFolder(NamedTuple):
    """The folder of the records, and beside it the one of the report."""

    records: str

    @property
    def report(self) -> Path:
        """The folder of the report, which is beside the records, not among them."""
        return Path(f"{self.records.rstrip('/')}-report")

    @property
    def database(self) -> str:
        """The merged database: the next report merges new records only."""
        return str(self.report / "telemetry.duckdb")

    @property
    def dashboard(self) -> Path:
        """The dashboard's main page."""
        return self.report / DASHBOARD_FILE


def default_folder(owner: str, name: str) -> str:
    """Return the folder for the records of a repository, or of an owner's repositories if `name` is empty."""
    return f"telemetry-{owner}-{name}".rstrip("-").lower() if name else f"telemetry-{owner}".lower()


def trial_settings(folder: TrialFolder) -> Settings:
    """Return the settings of the environment and `.env` for a trial: records go into its folder, whatever STORE says.

    A GitHub App and a data repository play no part. Raises SettingsError.
    """
    own: dict[str, Any] = {
        "store": "directory",
        "store_directory": folder.records,
        "repo_path": "",
        "log_level": "error",
    }
    pairs = ("repo_owner", "repo_name", "author_name", "author_email", "committer_name", "committer_email")
    return load(".env", **own | dict.fromkeys((*pairs, "github_app_id"), ""))


def with_token(settings: Settings, token: str) -> Settings:
    """Return the settings with a token that reads GitHub."""
    return settings.model_copy(update={"github_access_token": SecretStr(token)})


def write_note(note: TrialNote, store: Store) -> None:
    """Write the note into the folder of a store. Raises what the store does, and ConcurrentRunError."""
    old, new = store.read(trial_note.NAME), trial_note.encoded(note)
    if new != old and not store.compare_and_swap(trial_note.NAME, old, new):
        raise ConcurrentRunError(f"another run reads {note.target} into the same folder: this one stops")
