"""`telemetry try`: reads a repository's last weeks from GitHub and reports on them."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, NoReturn

import typer

from cli import console
from cli.owner_argument import parse_owner
from cli.panels import Panel
from cli.publishing import trial_note
from cli.publishing.trial_note import TrialNote
from cli.trial import access_token, failures, folder, reading, reports
from cli.trial.access_token import FoundToken
from cli.trial.folder import TrialFolder
from cli.trial.reading import Missing
from cli.trial.reading_progress import ReadingProgress
from core.backfill.cursor import ConcurrentRunError
from core.backfill.plan import Plan
from core.backfill.run import Backfill, BackfillResult
from core.errors import TelemetryError
from core.github.pacing import POINTS_A_MINUTE, RequestPace
from core.services import JobServices
from core.settings import SettingsError
from core.watched_repositories import repositories_of
from runtimes.local import command_wiring

PANEL = Panel.SEE
EXAMPLES = ("telemetry try octo-org/hello-world", "telemetry try octo-org --days 30 --output octo-telemetry")

_FIRST_AFTER = 60.0
"""Seconds after which the first numbers do not wait for all pull requests."""
_HOUR = 3_600_000
"""Milliseconds."""


def command(
    target: Annotated[
        str,
        typer.Argument(
            metavar="OWNER[/REPO]",
            help="The repository, or the owner of several. Write -- before a name that begins with a hyphen.",
        ),
    ],
    *,
    output: Annotated[str, typer.Option(help="Folder for the records (default: telemetry-OWNER-REPO).")] = "",
    days: Annotated[int, typer.Option(help="Number of days to look back.", min=1, max=400)] = 90,
) -> None:
    """Read a repository from GitHub, and report on it.

    It needs no webhook, no cloud and no set-up. The token is that of GITHUB_TOKEN, GH_TOKEN or `gh auth login`.
    Ctrl-C loses nothing: the same command goes on.
    The exit code is 0 if everything was read, 1 if something is missing, and 130 after Ctrl-C.
    """
    parsed = parse_owner(target)
    if parsed is None:
        raise typer.BadParameter(f"{target!r} is not OWNER or OWNER/REPO, such as octo-org/hello-world")
    owner, name = parsed
    trial = TrialFolder(output or folder.default_folder(owner, name))
    try:
        settings, environment = (folder.trial_settings(trial, file) for file in (".env", None))
    except (TelemetryError, SettingsError) as error:
        console.fail(str(error))
    at = access_token.origin(settings, environment)
    configured = access_token.configured_token(settings, environment, at)
    found = access_token.find_token(configured, at, os.environ, access_token.ask_gh)
    if found is None:
        console.fail((access_token.HOW_TO_GET_ONE if at.is_trusted else access_token.NOT_SENT).format(host=at.host))
    pace = RequestPace(on_pause=_print_pause)
    services = command_wiring.job_services(folder.with_token(settings, found.value), pace)
    with _stopped_by_ctrl_c(pace):
        try:
            _Trial(trial, target, services, pace, found, days).run(owner, name)
        except KeyboardInterrupt:
            console.fail(f"interrupted: what was read is stored in {trial.records}/; the same command goes on", 130)


class _Trial:
    """One run of the command."""

    def __init__(
        self, trial: TrialFolder, target: str, services: JobServices, pace: RequestPace, token: FoundToken, days: int
    ) -> None:
        self._folder = trial
        self._target = target
        self._services = services
        self._pace = pace
        self._token = token
        self._now = services.now()
        # rounded up: GitHub may have deleted what is older
        self._since = trial_note.first_day(self._now, days) // _HOUR * _HOUR + _HOUR
        self._note: TrialNote | None = None
        self._problems: list[str] = []
        self._begun = time.monotonic()
        self._has_first = False
        self._has_read = False
        self._waiting = 0
        """Number of repositories that are not begun."""

    def run(self, owner: str, name: str) -> None:
        """Read all repositories, report, and exit with 1 if anything is missing."""
        self._begin_note()
        try:
            names = [name] if name else [item.name for item in repositories_of(owner, self._services, self._skip)]
            for number, repository in enumerate(names, 1):
                self._waiting = len(names) - number
                self._read(owner, repository)
                if self._pace.refused_until:
                    break
        except TelemetryError as error:
            self._problems.append(self._one_line(error, owner))
        if self._pace.refused_until:
            self._problems.append(failures.used_up(self._pace.refused_until))
            if self._waiting:
                self._problems.append(f"{self._waiting:,} repositories of {owner} are not begun")
        if self._problems and not self._has_read:
            console.fail("\n".join(dict.fromkeys(self._problems)), 1)
        try:
            missing = "; ".join(dict.fromkeys(self._problems))
            self._note = self._note and self._note.ended(missing, self._now)
            self._write_note()
            has_records = reports.print_whole(self._folder, self._target, self._services.settings, missing)
        except TelemetryError as error:
            console.fail(str(error), 1)
        self._end(has_records=has_records)

    def _begin_note(self) -> None:
        """Prepare the folder's note; end the command if the folder has records of something else, which a report would mix in."""
        records = self._folder.records
        try:
            note = trial_note.read(records)
        except TelemetryError as error:
            console.fail(str(error), 1)
        if note is None and trial_note.is_foreign(records):
            return  # such as the store of a server: nothing is known of when it begins
        note = note or trial_note.first_note(self._target)
        if note.target.lower() != self._target.lower():
            console.fail(f"{records} has the records of {note.target}: name another folder by --output")
        self._note = note.begun(self._since)

    def _write_note(self) -> None:
        if self._note is not None:
            folder.write_note(self._note, self._services.store)

    def _read(self, owner: str, name: str) -> None:
        """Read one repository; what fails is a problem of the report, and does not end the command."""
        full_name, before = f"{owner}/{name}", self._pace.requests
        plan = partial(reading.plan, owner, name, self._since, self._services)
        try:
            backfill = plan()
            self._has_read = True
            self._write_note()
            self._problems += [f"{full_name}: {hidden}" for hidden in failures.hidden_lists(backfill.plan.absent)]
            self._print_plan(backfill.plan)
            result = self._run(backfill, plan)
            requests = self._pace.requests - before
            console.echo(f"{backfill.plan.name}: {result.recovered:,} events stored, {requests:,} requests")
            self._problems += [f"{full_name}: {problem}" for problem in result.problems]
        except ConcurrentRunError as error:
            self._problems.append(str(error))
        except TelemetryError as error:
            self._problems.append(self._one_line(error, full_name))
        except OSError as error:
            console.fail(f"{self._folder.records}: {error.strerror}", 1)

    def _print_plan(self, plan: Plan) -> None:
        for note in plan.notes:
            is_of_runs = note.startswith(f"no {failures.RUNS}: ")
            console.echo(
                f"{plan.name}: {note}{' (Actions are off, or the token may not read them)' if is_of_runs else ''}"
            )
        minutes = reading.minutes(plan, POINTS_A_MINUTE)
        console.echo(
            f"{plan.name}: {len(plan.units):,} items since {_day(self._since)}, about {plan.calls + plan.expected:,} requests, "
            f"{minutes} minute{'s' if minutes != 1 else ''} or more; into {self._folder.records}/, with the token of {self._token.source}"
        )
        shortage = failures.too_many(plan.expected, self._pace.remaining, self._pace.resets_at)
        if shortage:
            console.echo(shortage, err=True)

    def _run(self, backfill: Backfill, again: Callable[[], Backfill]) -> BackfillResult:
        """Read what is planned, and print the first numbers meanwhile; `again` plans what is still to be read."""
        with ReadingProgress(backfill.plan.name) as shown:

            def advance(done: int, total: int, missing: Missing) -> None:
                shown.advance(done, total)
                if self._is_first(missing):
                    self._has_first = True
                    with shown.paused():
                        settings, text = self._services.settings, self._missing(missing)
                        reports.print_first(self._folder, self._target, settings, text)

            return reading.read(backfill, again, self._pace, advance)

    def _is_first(self, missing: Missing) -> bool:
        """Return whether to print the first numbers now: of complete deployments, and of all changes unless that takes longer."""
        if self._has_first or not self._missing(missing):
            return False
        is_late = time.monotonic() - self._begun >= _FIRST_AFTER
        return missing.is_enough_for_dora or (is_late and missing.has_all_deployments)

    def _missing(self, missing: Missing) -> str:
        others = f"{self._waiting:,} repositories" if self._waiting else ""
        return ", ".join(filter(None, (str(missing), others)))

    def _end(self, *, has_records: bool) -> NoReturn:
        if not has_records and not self._problems:
            console.echo(f"{self._target}: GitHub has nothing to measure since {_day(self._since)}; try more --days")
        if has_records:
            reports.print_next_steps(self._folder)
        for problem in dict.fromkeys(self._problems):
            console.echo(f"incomplete: {problem}", err=True)
        raise typer.Exit(1 if self._problems else 0)

    def _skip(self, what: str, reason: str) -> None:
        self._problems.append(f"{what}: {reason}")

    def _one_line(self, error: TelemetryError, name: str) -> str:
        return failures.one_line(error, name, self._token.source, self._services.settings.github_api_url)


def _print_pause(seconds: float) -> None:
    console.echo(f"GitHub limits the requests of this token: waiting {seconds:.0f} seconds", err=True)


@contextmanager
def _stopped_by_ctrl_c(pace: RequestPace) -> Iterator[None]:
    """Let Ctrl-C end the requests that wait for the pace, or the command would end only after them."""

    def stop(*_: Any) -> NoReturn:
        pace.stop()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _day(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(milliseconds / 1000))
