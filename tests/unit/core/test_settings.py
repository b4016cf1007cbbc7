import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from core.settings import Settings, SettingsError, described, load
from tests.builders import settings

ROOT = Path(__file__).parents[3]


def problems(**values: Any) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(**values)
    return str(refused.value).splitlines()


def test_without_any_variable_the_defaults_hold() -> None:
    published = {
        "repo_owner": "",
        "repo_name": "",
        "repo_path": "",
        "target_branch": "main",
        "conflict_retries": 5,
        "author_name": "",
        "author_email": "",
        "committer_name": "",
        "committer_email": "",
        "github_api_url": "https://api.github.com",
        "environment_id": "local",
        "github_app_id": "",
        "incident_labels": "incident",
        "exempt_labels": "not-a-deployment",
        "backfill_days": 8,
        "watched_repositories": "",
        "allowed_networks": "",
        "store": "directory",
        "store_bucket": "",
        "store_directory": "telemetry-data",
        "retry_seconds": 30,
        "batch_seconds": 10,
        "log_level": "info",
        "host": "127.0.0.1",
        "port": 8080,
        "state_bucket": "",
        "aws_endpoint_url": "",
        "watched_hooks": "",
        "webhook_url": "",
        "google_cloud_project": "",
        "google_cloud_region": "",
        "invoker_iam_check": True,
        "queue_url": "",
        "queue_subscription": "",
        "retries_url": "",
        "dead_letters_url": "",
    }
    assert {name: getattr(load(), name) for name in published} == published


def test_an_environment_variable_is_read_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPO_PATH", "data")
    monkeypatch.setenv("log_level", "DEBUG")
    assert (load().repo_path, load().log_level) == ("data", "debug")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert load() == Settings.model_construct()


@pytest.mark.usefixtures("tmp_path")
def test_a_file_of_settings_is_read_only_where_it_is_named() -> None:
    Path(".env").write_text("PORT=9\nSOMETHING_ELSE=1\n")
    assert (load().port, load(".env").port) == (8080, 9)


@pytest.mark.usefixtures("tmp_path")
def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=9\n")
    monkeypatch.setenv("PORT", "10")
    assert load(".env").port == 10


def test_all_problems_are_reported_at_once_by_variable() -> None:
    messages = problems(
        port="x", conflict_retries=-1, repo_path="../x", store="s4", log_level="loud", environment_id="A"
    )
    assert [line.partition(":")[0] for line in messages] == [
        "CONFLICT_RETRIES",
        "ENVIRONMENT_ID",
        "LOG_LEVEL",
        "PORT",
        "REPO_PATH",
        "STORE",
    ]


def test_half_a_data_repository_is_reported_with_other_problems() -> None:
    messages = problems(port="x", repo_owner="acme")
    assert [line.partition(":")[0] for line in messages] == ["PORT", "REPO_NAME"]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"repo_owner": "acme"}, "REPO_NAME: must be set, as REPO_OWNER is"),
        ({"repo_name": "data"}, "REPO_OWNER: must be set, as REPO_NAME is"),
        ({"author_name": "A"}, "AUTHOR_EMAIL: must be set, as AUTHOR_NAME is"),
        ({"author_email": "a@b.c"}, "AUTHOR_NAME: must be set, as AUTHOR_EMAIL is"),
        ({"committer_name": "A"}, "COMMITTER_EMAIL: must be set, as COMMITTER_NAME is"),
        ({"committer_email": "a@b.c"}, "COMMITTER_NAME: must be set, as COMMITTER_EMAIL is"),
    ],
)
def test_half_a_name_names_the_other_half(values: dict[str, str], problem: str) -> None:
    assert problems(**values) == [problem]


def test_a_store_at_github_needs_a_data_repository() -> None:
    assert problems(store="github") == [
        "REPO_OWNER: must be set, with REPO_NAME, for STORE=github; `telemetry init` does it"
    ]
    assert settings(store="github", repo_owner="acme", repo_name="data").store == "github"


@pytest.mark.parametrize("branch", ["main", "data", "feature/x", "2026", "ü", "a.b"])
def test_a_branch_of_git_is_taken(branch: str) -> None:
    assert settings(target_branch=branch).target_branch == branch


def test_a_whole_data_repository_is_right() -> None:
    loaded = settings(repo_owner="acme", repo_name="data.git-hub_1")
    assert (loaded.repo_owner, loaded.repo_name) == ("acme", "data.git-hub_1")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("data", "data"),
        ("/data/", "data"),
        ("//data//telemetry///", "data/telemetry"),
        ("/", ""),
        ("", ""),
        ("a b/c.d/e_f-g", "a b/c.d/e_f-g"),
    ],
)
def test_slashes_at_the_ends_of_the_path_mean_nothing(value: str, path: str) -> None:
    assert settings(repo_path=value).repo_path == path


@pytest.mark.parametrize(
    "path", ["..", "a/../b", "./a", "a/_system", ".git/x", "a/.GIT", "_system", "a\\b", "é", "a\0", "a\nb", "a:b", "~%"]
)
def test_a_path_outside_its_folder_or_in_a_system_folder_is_rejected(path: str) -> None:
    assert problems(repo_path=path) == [
        "REPO_PATH: must be a folder such as data/telemetry, of letters, digits, '.', '_', '-' and spaces"
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("repo_owner", value) for value in ("..", "a/b", "_a", "é", "a" * 101, "a.b", "a\n")),
        *(("repo_name", value) for value in ("..", ".", "data.git", "a/b", "é", "a" * 101, "a\n")),
        *(("environment_id", value) for value in ("", "1a", "a_b", "a" * 21, "a\n", "é")),
        *(
            ("github_api_url", value)
            for value in ("", "api.github.com", "ftp://x", "https://", "https://x/?a=1", "https://x#a")
        ),
        *(("aws_endpoint_url", value) for value in ("localhost:4566", "ftp://x")),
        *(("conflict_retries", value) for value in (-1, 51, "many")),
        *(("retry_seconds", value) for value in (0, -1, 901, "nan")),
        *(("watched_hooks", value) for value in ("a/b/c", "a/..", "octo-org/x;y", "https://github.com/octo-org")),
        *(
            (name, value)
            for name in ("incident_labels", "exempt_labels")
            for value in (",", " , ", "sev\n1", "sev\x001")
        ),
        *(("watched_repositories", value) for value in ("octo-org", "a/b/c", "a/..", "octo-org/x;y")),
        *(("batch_seconds", value) for value in (-1, 301, "soon")),
        *(("port", value) for value in (-1, 65536, "http")),
        *(("store", value) for value in ("azure", "Directory")),
        *(
            ("target_branch", value)
            for value in (
                "a b",
                "a..b",
                "/a",
                "a/",
                "-a",
                "a.lock",
                "a~b",
                "a^",
                "a:b",
                "a?",
                "a*",
                "a[",
                "a\\b",
                "@",
                "a@{",
            )
        ),
        *(("author_name", value) for value in ("a\nb", "a <b>")),
        *(("committer_email", value) for value in ("me", "a b@c", "a@b>", "<a@b>")),
        ("github_access_token", "two\nlines"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_name(name: str, value: Any) -> None:
    people = {"author_name": "A", "author_email": "a@b.c", "committer_name": "A", "committer_email": "a@b.c"}
    values = {"repo_owner": "acme", "repo_name": "data", **people, name: value}
    assert [line.partition(":")[0] for line in problems(**values)] == [name.upper()]


@pytest.mark.parametrize("name", ["github_access_token", "repo_write_access_token", "github_webhook_secret"])
def test_a_secret_is_in_no_text_of_the_settings(name: str) -> None:
    loaded = settings(**{name: "zebra"})
    assert "zebra" not in f"{loaded!r} {loaded} {described(loaded)}"


def test_a_wrong_token_is_not_in_the_message() -> None:
    assert "zebra" not in "\n".join(problems(github_access_token="zebra\nzebra"))


def test_a_token_is_stripped() -> None:
    assert settings(github_access_token=" token\n").github_access_token.get_secret_value() == "token"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        settings().port = 1


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.github.com", "github.com"),
        ("https://api.github.com/", "github.com"),
        ("https://github.example.com/api/v3", "github.example.com"),
        ("https://GitHub.Example.com/api/v3/", "github.example.com"),
        ("https://github.example.com:8443/api/v3", "github.example.com"),
        ("https://api.octocorp.ghe.com", "octocorp.ghe.com"),
        ("http://127.0.0.1:4010", "github.com"),
        ("http://localhost:4010", "github.com"),
    ],
)
def test_the_github_host_follows_from_the_api_s_address(url: str, host: str) -> None:
    assert settings(github_api_url=url).github_host == host


def test_a_store_that_is_a_bucket_needs_its_name() -> None:
    assert problems(store="s3") == ["STORE_BUCKET: must be set for STORE=s3"]
    assert settings(store="s3", store_bucket="b").store_bucket == "b"


def test_every_setting_is_described() -> None:
    described_settings = described(settings())
    assert [setting.variable for setting in described_settings] == [name.upper() for name in Settings.model_fields]
    assert [setting.variable for setting in described_settings if not setting.description.endswith(".")] == []


def test_a_description_shows_the_value_now_and_the_default() -> None:
    described_settings = {
        setting.variable: setting for setting in described(settings(port=9, github_webhook_secret="zebra"))
    }
    assert (described_settings["PORT"].now, described_settings["PORT"].default) == ("9", "8080")
    assert (described_settings["GITHUB_WEBHOOK_SECRET"].now, described_settings["GITHUB_WEBHOOK_SECRET"].default) == (
        "(set)",
        "",
    )


def test_the_example_env_file_names_each_setting_once() -> None:
    names = re.findall(r"^#? ?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    deployed = {"QUEUE_URL", "RETRIES_URL", "DEAD_LETTERS_URL", "STORE_BUCKET"}
    assert len(names) == len(set(names))
    assert set(names) - deployed == {name.upper() for name in Settings.model_fields} - deployed


@pytest.mark.parametrize(
    "url", ["http://h:notaport", "http://127.0.0.1:99999", "http://h:0", "ftp://h", "h", "http://"]
)
@pytest.mark.parametrize("name", ["github_api_url", "aws_endpoint_url"])
def test_an_invalid_address_is_named(name: str, url: str) -> None:
    [problem] = problems(**{name: url})
    assert problem.startswith(f"{name.upper()}: must be a URL")


@pytest.mark.parametrize("secret", ["unset", " ", "unset\n "])
def test_a_webhook_secret_that_verifies_nothing_is_named(secret: str) -> None:
    assert problems(github_webhook_secret=secret) == ["GITHUB_WEBHOOK_SECRET: must be a secret, or not be set at all"]


def test_webhooks_default_to_those_of_the_watched_repositories() -> None:
    loaded = settings(watched_repositories="octo-org/a")
    assert loaded.hook_owners == ["octo-org/a"]
    assert settings(watched_repositories="octo-org/a", watched_hooks="acme octo-org/b").hook_owners == [
        "acme",
        "octo-org/b",
    ]


def test_watched_repositories_are_separated_by_commas_or_space() -> None:
    loaded = settings(watched_repositories=" octo-org/a,octo-org/b\n acme/c.d ")
    assert loaded.watched == [("octo-org", "a"), ("octo-org", "b"), ("acme", "c.d")]
    assert settings().watched == []


@pytest.mark.parametrize("name", ["incident_labels", "exempt_labels"])
def test_labels_are_separated_by_commas_and_may_contain_spaces(name: str) -> None:
    assert getattr(settings(**{name: " SEV 1 ,, incident,"}), name) == "SEV 1,incident"
