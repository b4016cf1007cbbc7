"""Checks the secrets, and the validity and permissions of the two tokens."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import requests

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from core.errors import TelemetryError, Unavailable
from core.github.api import GitHubApi, TransportError
from core.github.app import GitHubApp
from core.github.git_data import DataRepository, GitData
from core.github.responses import parse_json_response
from core.github.write_budget import WriteBudget
from core.github.write_errors import WriteErrorMapper
from core.secrets_cache import APP_KEY, DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, live_secrets

_KINDS = {
    "ghp_": "classic",
    "github_pat_": "fine-grained",
    "ghs_": "of an App's installation",
    "gho_": "of an OAuth app",
    "ghu_": "of an App's user",
}
"""https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"""
_FEW = 0.1


def secrets(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that each secret is set."""
    app = bool(context.settings.github_app_id)
    for name in (WEBHOOK_SECRET, APP_KEY if app else SOURCE_TOKEN, DATA_TOKEN):
        value = context.secrets.get(name, "")
        needed = name != DATA_TOKEN or (context.settings.store == "github" and not app)
        if live_secrets(value):
            several = len(live_secrets(value))
            yield Finding(OK, f"{name} is set{f', {several} live' if several > 1 else ''}")
        elif name == SOURCE_TOKEN and not context.name:
            yield Finding(
                WARNING, f"{name} is not set: 60 reads an hour, of public repositories only", context.set_secret(name)
            )
        elif needed:
            yield Finding(FAILURE, f"{name} is not set", context.set_secret(name))


def app(context: DiagnosticContext) -> Iterator[Finding]:
    """Check the App's key and its installations."""
    if not isinstance(context.source, GitHubApp):
        return
    installations = context.source.installations()
    for installation in installations:
        if installation.suspended:
            yield Finding(
                FAILURE, f"the App's installation for {installation.account} is suspended", "its owner's settings, Apps"
            )
    if not installations:
        yield Finding(FAILURE, "the App is installed nowhere", "docs/GITHUB_APP.md, step 3")
    elif any(not installation.suspended for installation in installations):
        names = ", ".join(installation.account for installation in installations if not installation.suspended)
        yield Finding(OK, f"the GitHub App is known, and installed for {names}")


def source_token(context: DiagnosticContext) -> Iterator[Finding]:
    """Check the kind and validity of the source token and its remaining rate limit."""
    value = context.secrets.get(SOURCE_TOKEN, "")
    if not live_secrets(value):
        return
    response = _get(context.source_api, "/rate_limit")
    if response.status_code == 401:
        remedy = f"create a new one, then {context.set_secret(SOURCE_TOKEN)}"
        yield Finding(FAILURE, "the source token is not valid or has expired", remedy)
        return
    # An Enterprise Server without rate limits answers 404: https://docs.github.com/en/enterprise-server/rest/rate-limit/rate-limit
    if response.status_code not in (200, 404):
        yield Finding(WARNING, f"the source token could not be checked: GitHub answered {response.status_code}")
        return
    kind = next((kind for start, kind in _KINDS.items() if value.startswith(start)), "of a kind that we do not know")
    expires = response.headers.get("github-authentication-token-expiration", "")
    yield Finding(OK, f"the source token is valid ({kind}{f', until {expires}' if expires else ''})")
    if response.status_code == 200:
        yield _rate_limit(response)


def _rate_limit(response: requests.Response) -> Finding:
    core = parse_json_response(response)["resources"]["core"]
    remaining, limit = int(core["remaining"]), int(core["limit"])
    until = datetime.fromtimestamp(int(core["reset"]), UTC).strftime("%H:%M UTC")
    if remaining < limit * _FEW:
        remedy = "wait; or name fewer repositories, or use a GitHub App, which has a limit of its own"
        return Finding(
            WARNING, f"the rate limit is nearly used up: {remaining} of {limit} requests until {until}", remedy
        )
    return Finding(OK, f"{remaining} of {limit} requests are left until {until}")


def data_repository(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the data repository and its branch exist and that the data token can write."""
    settings = context.settings
    written = live_secrets(context.secrets.get(DATA_TOKEN, "")) or settings.github_app_id
    if settings.store != "github" or not written:
        return
    repository = DataRepository(settings.repo_owner, settings.repo_name, settings.target_branch)
    errors = WriteErrorMapper(context.data_api, repository.owner, repository.name, repository.branch)
    response = _get(context.data_api, repository.path)
    if response.status_code != 200:
        yield Finding(FAILURE, str(errors.to_exception(response)), "docs/GITHUB.md, step 1")
        return
    body = parse_json_response(response)
    if body.get("archived"):
        yield Finding(
            FAILURE,
            f"{repository.owner}/{repository.name} is archived and so read-only",
            "unarchive it in its settings",
        )
        return
    branch = _get(context.data_api, f"{repository.path}/git/ref/heads/{quote(repository.branch)}")
    if branch.status_code in (404, 409):  # 409: the repository is empty
        remedy = f"`telemetry init {repository.owner}/{repository.name}`"
        yield Finding(FAILURE, f"there is no branch {repository.branch}, or the token may not see it", remedy)
        return
    try:  # `permissions` are the account's: only a write shows whether the token may
        GitData(context.data_api, repository, WriteBudget()).make_blob(b"")
    except TelemetryError as error:
        yield Finding(FAILURE, f"a test write failed: {error}", "docs/GITHUB.md, *When no records arrive*")
    else:
        yield Finding(OK, f"the data token may write to {repository.owner}/{repository.name}")


def _get(api: GitHubApi, path: str) -> requests.Response:
    try:
        return api.send("GET", f"{api.url}{path}", redirects=False)
    except TransportError as error:
        raise Unavailable(str(error)) from None
