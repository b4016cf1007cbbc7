"""Each thing that can be wrong is found, and its remedy named."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from cli.commands.doctor import CHECKS, next_step
from cli.deployment.cloud import LogLine
from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding, Level, run_checks
from cli.doctor.permissions import RIGHTS, Right
from core.github.api import GitHubApi
from core.github.reader import GitHubClient
from core.metrics import events_of_github
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, SecretsCache
from tests.builders import settings
from tests.memory_adapters import MemorySecrets

URL = "https://telemetry.example.com/telemetry"
SCHEDULES = json.loads((Path(__file__).parents[3] / "terraform" / "schedules.json").read_text())
REPO = "/repos/octo-org/telemetry-data"
HOOKS = "/repos/octo-org/hello-world/hooks"
WATCHED = "/repos/octo-org/hello-world"
RIGHT: dict[str, Any] = {permission.name: [] for permission in RIGHTS} | {
    "Actions": {"total_count": 0},
    "Checks": {"total_count": 0},
}
Answer = tuple[int, Any]
SERVER = "an error of our webhook or of a server before it, or GitHub got no response in time"
NOT_LATER = "and no later attempt was accepted"


class GitHubOfAnswers(BaseAdapter):
    """What each path is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[str] = []
        config = {"url": URL, "content_type": "json", "insecure_ssl": "0"}
        self.hook = {"id": 7, "active": True, "events": list(events_of_github()), "config": config}
        self.deliveries = [
            {"id": 1, "guid": "a", "event": "ping", "status_code": 200, "delivered_at": "2026-11-24T05:00:00Z"}
        ]
        self.rate = {"limit": 5000, "remaining": 4000, "reset": 1795500000}
        self.answers: dict[str, Answer] = {
            f"GET {WATCHED}": (200, {"full_name": "octo-org/hello-world"}),
            f"GET {REPO}": (200, {"full_name": "octo-org/telemetry-data", "permissions": {"push": True}}),
            f"GET {REPO}/git/ref/heads/main": (200, {"object": {"sha": "0" * 40}}),
            **{f"GET {WATCHED}/{right.path.partition('?')[0]}": (200, RIGHT[right.name]) for right in RIGHTS},
            f"POST {REPO}/git/blobs": (201, {"sha": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"}),
        }

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        path = urlsplit(request.url or "").path
        self.requests.append(f"{request.method} {path}")
        responses = {
            "GET /rate_limit": (200, {"resources": {"core": self.rate}}),
            f"GET {HOOKS}": (200, [self.hook] if self.hook else []),
            f"GET {HOOKS}/7/deliveries": (200, self.deliveries),
            **self.answers,
        }
        status, body = responses.get(f"{request.method} {path}", (404, {"message": "Not Found"}))
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url or "", request
        response.headers = CaseInsensitiveDict({"Content-Type": "application/json"})
        response.raw = BytesIO(json.dumps(body).encode())
        return response

    def close(self) -> None:
        pass


class Cloud:
    """A deployment's."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self.done = set(SCHEDULES)
        self.ago = 0.0
        self.worker: list[dict[str, str]] = []

    def replay(self, outputs: Any, *, dry_run: bool) -> Counter[str]:
        assert dry_run
        assert outputs
        return self.reasons

    def log_lines(self, function: str, since: int) -> Iterator[LogLine]:
        now = int(time.time() * 1000)
        yield LogLine("0", 0, "Traceback")
        if function == "telemetry-production-worker":
            yield from (LogLine(str(n), now, json.dumps(line)) for n, line in enumerate(self.worker))
            return
        assert function == "telemetry-production-schedule"
        assert since < now - 119 * 3_600_000
        for name in sorted(self.done):
            at = now - round(self.ago * 3_600_000)
            yield LogLine(name, at, json.dumps({"step": "job", "outcome": "done", "job": name}))


class Clinic:
    def __init__(self) -> None:
        self.github = GitHubOfAnswers()
        self.cloud = Cloud()
        self.secrets = {WEBHOOK_SECRET: "secret", SOURCE_TOKEN: "github_pat_1", DATA_TOKEN: "ghp_2"}
        self.name = "aws"
        self.schedules = dict(SCHEDULES)
        self.options: dict[str, Any] = {
            "watched_hooks": "octo-org/hello-world",
            "watched_repositories": "octo-org/hello-world",
        }

    def findings(self) -> dict[str, list[Finding]]:
        session = requests.Session()
        session.mount("https://", self.github)
        cache = SecretsCache(MemorySecrets(self.secrets))
        url = "https://api.github.com"
        settings_values = settings(store="github", repo_owner="octo-org", repo_name="telemetry-data", **self.options)
        patient = DiagnosticContext(
            self.name,
            settings_values,
            self.secrets,
            GitHubClient(session, cache, url, anonymous=True),
            GitHubApi(session, cache, SOURCE_TOKEN, url, anonymous=True),
            GitHubApi(session, cache, DATA_TOKEN, url),
            URL,
            self.cloud if self.name else None,  # type: ignore[arg-type]
            {
                "function_names": {
                    name: f"telemetry-production-{name}"
                    for name in (["schedule"] if self.schedules else []) + ["worker"]
                },
                "schedules": self.schedules,
            },
        )
        findings_by_check: dict[str, list[Finding]] = {}
        for name, finding in run_checks(patient, CHECKS):
            findings_by_check.setdefault(name, []).append(finding)
        return findings_by_check

    def wrong(self) -> list[tuple[str, str, str]]:
        return [
            (finding.level, finding.what, finding.remedy)
            for findings in self.findings().values()
            for finding in findings
            if finding.level != OK
        ]


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def test_where_everything_is_as_it_should_be_nothing_is_wrong(clinic: Clinic) -> None:
    findings = clinic.findings()
    assert set(findings) == set(CHECKS) - {"GitHub App"}
    assert {finding.level for messages in findings.values() for finding in messages} == {OK}
    messages = [finding.what for finding in findings["source token"]]
    assert messages[0] == "the source token is valid (fine-grained)"
    assert messages[1].startswith("4000 of 5000 requests are left until ")
    assert "s3cret" not in str(findings)


def test_a_webhook_secret_that_is_unset(clinic: Clinic) -> None:
    clinic.secrets[WEBHOOK_SECRET] = "unset"
    assert clinic.wrong() == [(FAILURE, "github-webhook-secret-token is not set", "`make secrets-aws`")]


def test_a_webhook_secret_that_is_another_at_github(clinic: Clinic) -> None:
    clinic.github.deliveries.insert(0, {**clinic.github.deliveries[0], "id": 2, "status_code": 401})
    [(level, what, remedy)] = clinic.wrong()
    assert (level, what) == (
        FAILURE,
        (
            "octo-org/hello-world: the last delivery was answered 401: the webhook has no secret at GitHub or another than ours, or "
            "another server demands a login"
        ),
    )
    assert remedy == "`telemetry webhook add octo-org/hello-world --deployed aws`"


def test_a_missing_webhook_is_reported(clinic: Clinic) -> None:
    clinic.github.hook = {}
    [(level, what, remedy)] = clinic.wrong()
    assert (level, what) == (FAILURE, f"octo-org/hello-world has no webhook for {URL}")
    assert remedy.startswith("`telemetry webhook add")
    assert clinic.github.requests.count(f"GET {HOOKS}") == 1


@pytest.mark.parametrize(
    ("changes", "level", "says"),
    [
        ({"active": False}, FAILURE, "it is inactive"),
        (
            {"events": [name for name in events_of_github() if name != "workflow_job"]},
            FAILURE,
            "it lacks the events workflow_job",
        ),
        ({"config": {"url": URL, "content_type": "form"}}, WARNING, "its content type is form, not json"),
        (
            {"config": {"url": URL, "content_type": "json", "insecure_ssl": "1"}},
            FAILURE,
            "does not verify our certificate",
        ),
        ({"events": ["*"]}, WARNING, "it sends events that no metric wants: *"),
    ],
)
def test_a_webhook_that_is_not_as_it_should_be(clinic: Clinic, changes: dict[str, Any], level: str, says: str) -> None:
    clinic.github.hook |= changes
    [(check, what, remedy)] = clinic.wrong()
    assert (check, says in what, remedy.startswith("`telemetry webhook add")) == (level, True, True)


def test_a_source_token_that_has_expired(clinic: Clinic) -> None:
    clinic.github.answers["GET /rate_limit"] = (401, {"message": "Bad credentials"})
    assert (
        FAILURE,
        "the source token is not valid or has expired",
        "create a new one, then `make secrets-aws`",
    ) in clinic.wrong()


def test_a_data_token_that_may_only_read(clinic: Clinic) -> None:
    refusal = (403, {"message": "Resource not accessible by personal access token"})
    clinic.github.answers[f"POST {REPO}/git/blobs"] = refusal
    [(level, what, remedy)] = clinic.wrong()
    assert (level, remedy) == (FAILURE, "docs/GITHUB.md, *When no records arrive*")
    assert what.startswith("a test write failed: the data token ")
    assert "may not write to octo-org/telemetry-data" in what
    assert "Contents: read and write" in what


def test_a_missing_data_branch_is_reported(clinic: Clinic) -> None:
    clinic.github.answers[f"GET {REPO}/git/ref/heads/main"] = (404, {"message": "Not Found"})
    expected = (
        FAILURE,
        "there is no branch main, or the token may not see it",
        "`telemetry init octo-org/telemetry-data`",
    )
    assert clinic.wrong() == [expected]


@pytest.mark.parametrize(
    ("answer", "says"),
    [((404, {"message": "Not Found"}), "octo-org/telemetry-data"), ((200, {"archived": True}), "is archived")],
)
def test_a_data_repository_that_is_gone_or_archived(clinic: Clinic, answer: Answer, says: str) -> None:
    clinic.github.answers[f"GET {REPO}"] = answer
    [(level, what, _)] = clinic.wrong()
    assert level == FAILURE
    assert says in what


def test_dead_letters_that_wait(clinic: Clinic) -> None:
    clinic.cloud.reasons = Counter({"no such repository": 3, "other": 1})
    expected = "4 dead letters wait, most of them for: no such repository"
    assert clinic.wrong() == [(WARNING, expected, "fix the cause, then run `make replay-dead-letters-aws`")]


def test_a_job_that_has_not_succeeded_within_its_period(clinic: Clinic) -> None:
    clinic.cloud.done.remove("recover")
    [(level, what, remedy)] = clinic.wrong()
    assert (level, what) == (FAILURE, "the log has no success of the job recover in the last 25 hours")
    assert "make logs-aws" in remedy
    assert remedy.endswith("; if the deployment is newer, wait")


def test_a_rate_limit_that_is_nearly_used_up(clinic: Clinic) -> None:
    clinic.github.rate["remaining"] = 400
    [(level, what, _)] = clinic.wrong()
    assert level == WARNING
    assert what.startswith("the rate limit is nearly used up: 400 of 5000 requests until ")


@pytest.mark.parametrize(
    ("deliveries", "level", "says"),
    [
        (
            [],
            WARNING,
            "GitHub lists no delivery of the last three days; a new one can take a few minutes to be listed",
        ),
        ([503], FAILURE, f"the last delivery was answered 503: {SERVER}"),
        ([0], FAILURE, "GitHub got no response to the last delivery"),
        ([403], FAILURE, "the last delivery was answered 403: ALLOWED_NETWORKS, or another server, refuses GitHub"),
        ([404], FAILURE, "the last delivery was answered 404: our webhook answers so only at another path"),
        ([302], FAILURE, "the last delivery was answered 302: our webhook redirects nobody"),
        ([413], FAILURE, "the last delivery was answered 413"),
        ([202, 503, 503], WARNING, f"2 of the last 3 deliveries failed, {NOT_LATER}"),
    ],
)
def test_deliveries_that_failed(clinic: Clinic, deliveries: list[int], level: str, says: str) -> None:
    [usual] = clinic.github.deliveries
    clinic.github.deliveries = [
        {**usual, "id": 9 - n, "guid": str(n), "status_code": code} for n, code in enumerate(deliveries)
    ]
    [(check, what, _)] = clinic.wrong()
    assert (check, what) == (level, f"octo-org/hello-world: {says}")


def test_unreadable_webhooks_do_not_affect_other_checks(clinic: Clinic) -> None:
    clinic.options["watched_hooks"] = "gone-org,octo-org/hello-world"
    findings = clinic.findings()
    assert [finding.level for finding in findings["webhooks"]] == [FAILURE, OK, OK]
    [absent, *_] = findings["webhooks"]
    assert absent.what.startswith("check failed: gone-org: there is no such organisation (")
    assert ", or the token may not administer its webhooks: " in absent.what
    assert findings["jobs"][0].level == OK


def test_on_this_machine_there_is_no_cloud_to_look_at(clinic: Clinic) -> None:
    clinic.name = ""
    clinic.secrets[SOURCE_TOKEN] = ""
    clinic.options = {}
    assert clinic.wrong() == [
        (
            WARNING,
            "github-access-token/source is not set: 60 reads an hour, of public repositories only",
            "set GITHUB_ACCESS_TOKEN in .env",
        ),
        (
            WARNING,
            "no webhook is watched: what is lost is not recovered",
            (
                "`telemetry webhook add OWNER/NAME --url https://YOUR-ADDRESS/telemetry` adds one; one that exists: set "
                "WATCHED_HOOKS to its owner"
            ),
        ),
    ]


def test_several_live_secrets_are_counted_and_never_shown(clinic: Clinic) -> None:
    clinic.secrets[WEBHOOK_SECRET] = "s3cret-new\ns3cret-old"
    findings = clinic.findings()
    assert findings["secrets"][0].what == "github-webhook-secret-token is set, 2 live"
    assert "s3cret" not in str(findings)


def test_each_job_has_its_own_period(clinic: Clinic) -> None:
    clinic.cloud.ago = 26.0
    messages = {what for _, what, _ in clinic.wrong()}
    assert "the log has no success of the job recover in the last 25 hours" in messages
    assert "the log has no success of the job canary in the last 3 hours" in messages
    assert not any("backfill" in what for what in messages)


def test_a_deployment_without_jobs_is_a_warning(clinic: Clinic) -> None:
    clinic.schedules.clear()
    [(level, what, remedy)] = clinic.wrong()
    assert (level, what) == (WARNING, "no job is scheduled: lost deliveries are not recovered")
    assert remedy == "set `schedules` in ENVIRONMENT_ID.tfvars, if jobs should run"


def test_only_scheduled_jobs_must_succeed(clinic: Clinic) -> None:
    clinic.cloud.done.remove("recover")
    clinic.schedules["recover"] = {"alarm_hours": 7}
    assert {what for _, what, _ in clinic.wrong()} == {"the log has no success of the job recover in the last 7 hours"}
    del clinic.schedules["recover"]
    assert clinic.wrong() == []


def test_waiting_events_are_reported_with_their_reason(clinic: Clinic) -> None:
    clinic.cloud.worker = [
        {"step": "store", "outcome": "waiting", "reason": "the data token is not valid or has expired"}
    ]
    [(level, what, _)] = clinic.wrong()
    assert (level, what) == (WARNING, "events wait in the queue: the data token is not valid or has expired")
    clinic.cloud.worker.append({"step": "store", "outcome": "stored"})
    assert clinic.wrong() == []


@pytest.mark.parametrize(
    ("status", "message", "certainty"),
    [
        (403, "Resource not accessible by personal access token", " (403): "),
        (404, "Not Found", ", or the repository does not use it (404): "),
    ],
)
@pytest.mark.parametrize("right", RIGHTS, ids=[right_of_list.name for right_of_list in RIGHTS])
def test_each_right_that_is_missing_is_named_with_whose_it_is(
    clinic: Clinic, right: Right, status: int, message: str, certainty: str
) -> None:
    clinic.github.answers[f"GET {WATCHED}/{right.path.partition('?')[0]}"] = (status, {"message": message})
    [(level, what, remedy)] = clinic.wrong()
    assert level == (FAILURE if right.metrics else WARNING)
    assert what.startswith(f"*{right.name}: read* of octo-org/hello-world is missing{certainty}")
    assert remedy


def test_a_watched_repository_that_is_a_typo_lacks_no_right(clinic: Clinic) -> None:
    clinic.github.answers[f"GET {WATCHED}"] = (404, {"message": "Not Found"})
    assert clinic.wrong() == [
        (
            FAILURE,
            "octo-org/hello-world does not exist, or the source token may not see it (404)",
            "correct WATCHED_REPOSITORIES, or let the token or the App see it",
        )
    ]


@pytest.mark.parametrize(
    ("status", "message", "says"),
    [(503, "", "503"), (403, "You have exceeded a secondary rate limit", "(rate limit)"), (403, "SAML", "refuses")],
)
def test_a_right_that_could_not_be_checked_is_neither(clinic: Clinic, status: int, message: str, says: str) -> None:
    clinic.github.answers[f"GET {WATCHED}/actions/runs"] = (status, {"message": message})
    (level, what, _), *_ = clinic.wrong()
    assert (level, what.startswith("*Actions: read* of octo-org/hello-world could not be checked: ")) == (WARNING, True)
    assert says in what
    assert not [found for found in clinic.findings()["rights"] if found.level == OK]


def test_a_server_without_rate_limits_has_a_valid_token(clinic: Clinic) -> None:
    clinic.github.answers["GET /rate_limit"] = (404, {"message": "Rate limiting is not enabled."})
    assert clinic.wrong() == []
    assert [found.what for found in clinic.findings()["source token"]] == ["the source token is valid (fine-grained)"]


def test_a_token_that_could_not_be_checked_is_not_invalid(clinic: Clinic) -> None:
    clinic.github.answers["GET /rate_limit"] = (503, {"message": "Unavailable"})
    assert clinic.wrong() == [(WARNING, "the source token could not be checked: GitHub answered 503", "")]


def test_a_test_write_that_meets_an_outage_blames_no_token(clinic: Clinic) -> None:
    clinic.github.answers[f"POST {REPO}/git/blobs"] = (503, {"message": "Unavailable"})
    [(level, what, _)] = clinic.wrong()
    assert (level, what) == (FAILURE, f"a test write failed: the data repository: POST {REPO}/git/blobs: 503")


def test_an_empty_data_repository_lacks_a_branch_only(clinic: Clinic) -> None:
    empty = (409, {"message": "Git Repository is empty."})
    clinic.github.answers |= {f"GET {REPO}/git/ref/heads/main": empty, f"POST {REPO}/git/blobs": empty}
    assert [what for _, what, _ in clinic.wrong()] == ["there is no branch main, or the token may not see it"]


def test_a_redelivery_that_was_accepted_is_no_failure(clinic: Clinic) -> None:
    [usual] = clinic.github.deliveries
    clinic.github.deliveries = [{**usual, "id": 3}, {**usual, "id": 2, "status_code": 502}]
    assert clinic.wrong() == []


def test_a_webhook_under_another_url_is_named(clinic: Clinic) -> None:
    clinic.github.hook["config"] = {"url": "https://old.example.com/telemetry", "content_type": "json"}
    [(level, what, _)] = clinic.wrong()
    assert (level, what.partition("; ")[2]) == (FAILURE, "it has one for https://old.example.com/telemetry")


def test_a_watched_repository_may_use_its_organisations_webhook(clinic: Clinic) -> None:
    del clinic.options["watched_hooks"]
    clinic.github.hook = {}
    [(level, what, remedy)] = clinic.wrong()
    assert (level, what.endswith("; its organisation may have one")) == (WARNING, True)
    assert remedy.endswith("; if the organisation has one: set WATCHED_HOOKS=octo-org")


def test_an_empty_repository_lacks_no_right(clinic: Clinic) -> None:
    clinic.github.answers[f"GET {WATCHED}/commits/HEAD/check-suites"] = (409, {"message": "Git Repository is empty."})
    assert clinic.wrong() == []


def test_a_repository_without_issues_lacks_no_right(clinic: Clinic) -> None:
    clinic.github.answers[f"GET {WATCHED}/issues"] = (410, {"message": "Issues are disabled for this repo"})
    assert clinic.wrong() == []


def test_the_permissions_match_the_document() -> None:
    page = (Path(__file__).parents[3] / "docs" / "GITHUB.md").read_text()
    documented = re.findall(r"^\| ([A-Z][a-z ]+): read \| [^|]+ \| (yes|no) \|", page, re.MULTILINE)
    documented = [row for row in documented if row[0] != "Webhooks"]  # the check of webhooks itself asks for it
    assert {name: used == "yes" for name, used in documented} == {row.name: row.metrics for row in RIGHTS}


@pytest.mark.parametrize(
    ("target", "findings", "expected"),
    [
        ("", [("webhooks", OK)], "Next: `telemetry report`, once the first events are stored"),
        ("aws", [("secrets", OK), ("webhooks", WARNING)], "Next: `telemetry webhook add OWNER/NAME --deployed aws`"),
        ("", [("secrets", OK)], "Next: `telemetry webhook add OWNER/NAME --url https://YOUR-ADDRESS/telemetry`"),
        (
            "gcp",
            [("webhooks", OK), ("jobs", FAILURE)],
            "Next: follow the remedies, then run `telemetry doctor gcp` again",
        ),
    ],
)
def test_the_last_line_is_the_next_command(target: str, findings: list[tuple[str, Level]], expected: str) -> None:
    assert next_step(target, settings(), [(check, Finding(level, "")) for check, level in findings]) == expected
