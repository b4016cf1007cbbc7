from pathlib import Path

import pytest

from cli.publishing.trial_note import first_note, read
from cli.trial.folder import TrialFolder, default_folder, trial_settings, with_token, write_note
from core.backfill.cursor import ConcurrentRunError
from core.stores.directory import DirectoryStore


def test_the_report_is_beside_the_records() -> None:
    trial = TrialFolder("octo/")
    assert (trial.report, trial.dashboard) == (Path("octo-report"), Path("octo-report/dashboard.html"))
    assert trial.database == "octo-report/telemetry.duckdb"


def test_the_default_folder_names_what_was_read() -> None:
    assert default_folder("Octo-Org", "Hello.World") == "telemetry-octo-org-hello.world"
    assert default_folder("Octo-Org", "") == "telemetry-octo-org"


def test_a_trial_writes_only_into_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"STORE": "github", "REPO_OWNER": "octo-org", "REPO_NAME": "data", "REPO_PATH": "a"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_APP_ID", "7")
    monkeypatch.setenv("GITHUB_API_URL", "https://github.octo.example/api/v3")
    settings = trial_settings(TrialFolder("octo"))
    assert (settings.store, settings.store_directory, settings.root) == ("directory", "octo", "")
    assert (settings.repo_owner, settings.github_app_id) == ("", "")
    assert settings.github_host == "github.octo.example"
    assert with_token(settings, "t").github_access_token.get_secret_value() == "t"


def test_two_runs_into_one_folder_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DirectoryStore(tmp_path)
    write_note(first_note("octo"), store)
    assert read(tmp_path) == first_note("octo")
    monkeypatch.setattr(store, "compare_and_swap", lambda *_: False)
    with pytest.raises(ConcurrentRunError, match="octo-org"):
        write_note(first_note("octo-org"), store)
