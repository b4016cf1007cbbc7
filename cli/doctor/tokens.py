"""The three secrets, and what the two tokens are and may."""

from collections.abc import Iterator
from datetime import UTC, datetime

import requests

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from core.errors import Unavailable
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
}
"""https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"""
_FEW = 0.1


def secrets(patient: DiagnosticContext) -> Iterator[Finding]:
    """Whether each is set."""
    app = bool(patient.settings.github_app_id)
    for name in (WEBHOOK_SECRET, APP_KEY if app else SOURCE_TOKEN, DATA_TOKEN):
        value = patient.secrets.get(name, "")
        needed = name != DATA_TOKEN or (patient.settings.store == "github" and not app)
        if live_secrets(value):
            several = len(live_secrets(value))
            yield Finding(OK, f"{name} is set{f', {several} live' if several > 1 else ''}")
        elif name == SOURCE_TOKEN and not patient.name:
            yield Finding(
                WARNING, f"{name} is not set: 60 reads an hour, of public repositories only", patient.put_secrets
            )
        elif needed:
            yield Finding(FAILURE, f"{name} is not set", patient.put_secrets)


def app(patient: DiagnosticContext) -> Iterator[Finding]:
    """Whether GitHub knows the App by its key, and for whom it is installed."""
    if not isinstance(patient.source, GitHubApp):
        return
    found = patient.source.installations()
    for each in found:
        if each.suspended:
            yield Finding(
                FAILURE, f"the App's installation for {each.account} is suspended", "its owner's settings, Apps"
            )
    if not found:
        yield Finding(FAILURE, "the App is installed nowhere", "docs/GITHUB_APP.md, step 3")
    elif any(not each.suspended for each in found):
        names = ", ".join(each.account for each in found if not each.suspended)
        yield Finding(OK, f"the GitHub App is known, and installed for {names}")


def source_token(patient: DiagnosticContext) -> Iterator[Finding]:
    """What kind it is, whether it is good, and how much of this hour it has left."""
    value = patient.secrets.get(SOURCE_TOKEN, "")
    if not live_secrets(value):
        return
    answer = _asked(patient.source_api, "/rate_limit")
    if answer.status_code == 401:
        yield Finding(
            FAILURE, "the source token is not valid or has expired", f"make a new one, then {patient.put_secrets}"
        )
        return
    kind = next((kind for start, kind in _KINDS.items() if value.startswith(start)), "of a kind that we do not know")
    expires = answer.headers.get("github-authentication-token-expiration", "")
    yield Finding(OK, f"the source token is good ({kind}{f', until {expires}' if expires else ''})")
    core = parse_json_response(answer)["resources"]["core"]
    left, limit = int(core["remaining"]), int(core["limit"])
    until = datetime.fromtimestamp(int(core["reset"]), UTC).strftime("%H:%M UTC")
    if left < limit * _FEW:
        remedy = "wait; or name fewer repositories, or use a GitHub App, which has a limit of its own"
        yield Finding(WARNING, f"the rate limit is nearly used up: {left} of {limit} requests until {until}", remedy)
    else:
        yield Finding(OK, f"{left} of {limit} requests are left until {until}")


def data_repository(patient: DiagnosticContext) -> Iterator[Finding]:
    """Whether it is there, with its branch, and the data token may write to it."""
    settings = patient.settings
    written = live_secrets(patient.secrets.get(DATA_TOKEN, "")) or settings.github_app_id
    if settings.store != "github" or not written:
        return
    place = DataRepository(settings.repo_owner, settings.repo_name, settings.target_branch)
    refusals = WriteErrorMapper(patient.data_api, place.owner, place.name, place.branch)
    answer = _asked(patient.data_api, place.path)
    if answer.status_code != 200:
        yield Finding(FAILURE, str(refusals.to_exception(answer)), "docs/GITHUB.md, step 1")
        return
    told = parse_json_response(answer)
    if told.get("archived"):
        yield Finding(
            FAILURE, f"{place.owner}/{place.name} is archived and so read-only", "unarchive it in its settings"
        )
        return
    branch = _asked(patient.data_api, f"{place.path}/git/ref/heads/{place.branch}")
    if branch.status_code in (404, 409):
        yield Finding(
            FAILURE, f"the branch {place.branch} is not there", f"`telemetry init {place.owner}/{place.name}`"
        )
    try:  # `permissions` are the account's: only a write shows whether the token may
        GitData(patient.data_api, place, WriteBudget()).make_blob(b"")
    except Unavailable as error:
        yield Finding(FAILURE, f"the data token may not write: {error}", f"make a new one, then {patient.put_secrets}")
    else:
        yield Finding(OK, f"the data token may write to {place.owner}/{place.name}")


def _asked(api: GitHubApi, path: str) -> requests.Response:
    try:
        return api.send("GET", f"{api.url}{path}", redirects=False)
    except TransportError as error:
        raise Unavailable(str(error)) from None
