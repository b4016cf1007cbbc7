"""One run of `telemetry try`: plans, reads, and reports; what fails is a problem of the report, and does not end the run."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn

import typer

from cli import console
from cli.publishing import trial_note
from cli.publishing.trial_note import TrialNote
from cli.trial import announcements, failures, folder, reading, reports
from cli.trial.access_token import FoundToken
from cli.trial.folder import TrialFolder
from cli.trial.owner_plan import PlannedRepository, estimate, plan_all
from cli.trial.reading import Missing
from cli.trial.reading_progress import ReadingProgress
from core.backfill.cursor import ConcurrentRunError
from core.backfill.recorded_reader import ResponseFile
from core.backfill.run import Backfill, BackfillResult
from core.errors import TelemetryError
from core.github.pacing import RequestPace
from core.services import JobServices
from core.watched_repositories import repositories_of

_FIRST_AFTER = 60.0
"""Seconds after which the first numbers do not wait for all pull requests."""
_HOUR = 3_600_000
"""Milliseconds."""
_FOR_PLANS = 0.5
"""Share of the hour's remaining requests that plans of an owner's repositories may use: what is planned is to be read, too."""


class TrialRun:
    """Reads repositories into a folder once, and reports on them."""

    def __init__(
        self, trial: TrialFolder, target: str, services: JobServices, pace: RequestPace, token: FoundToken, days: int
    ) -> None:
        """Prepare a run; `target` is OWNER or OWNER/REPO as it was typed, `days` is how far it looks back."""
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
        self._items_before = 0
        """Items of the repositories that are done."""
        self._items_after = 0
        """Items of the repositories that are not begun."""

    def run(self, owner: str, name: str) -> NoReturn:
        """Read a repository, or all of the owner's if `name` is empty, report, and exit with 1 if anything is missing."""
        self._begin_note()
        try:
            names = [name] if name else [item.name for item in repositories_of(owner, self._services, self._skip)]
            if len(names) == 1:
                self._read_one(owner, names[0])
            elif names:
                self._read_several(owner, names)
        except TelemetryError as error:
            self._problems.append(self._one_line(error, owner))
        except OSError as error:
            console.fail(f"{self._folder.records}: {error.strerror}", 1)
        if self._pace.refused_until:
            self._problems.append(failures.used_up(self._pace.refused_until))
            if self._waiting:
                self._problems.append(f"not begun: {self._not_begun()} of {owner}")
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

    def _read_one(self, owner: str, name: str) -> None:
        plan = partial(reading.plan, owner, name, self._since, self._services)
        before = self._pace.requests

        def read() -> None:
            backfill = plan()
            self._begin(backfill)
            announcements.print_plan(backfill.plan, self._destination(), self._pace)
            with ReadingProgress(backfill.plan.name) as shown:
                result = self._run(backfill, plan, shown)
            self._end_repository(backfill, result, self._pace.requests - before)

        self._attempt(f"{owner}/{name}", read)

    def _read_several(self, owner: str, names: Sequence[str]) -> None:
        """Plan all repositories, print the estimate of all, then read one after the other."""
        at = self._services.now()
        with ResponseFile() as file:
            repositories = self._plan_all(owner, names, file, at)
            total = estimate(repositories)
            announcements.print_estimate(self._target, total, self._since, self._destination(), self._pace)
            self._items_after = sum(repository.items for repository in repositories)
            with ReadingProgress(self._target) as shown:
                for number, repository in enumerate(repositories, 1):
                    self._waiting = len(repositories) - number
                    self._items_after -= repository.items
                    read = partial(self._read_planned, owner, repository, at, shown)
                    self._attempt(f"{owner}/{repository.name}", read)
                    if self._pace.refused_until:
                        break

    def _plan_all(self, owner: str, names: Sequence[str], file: ResponseFile, at: int) -> list[PlannedRepository]:
        """Return the repositories that can be read; the others are problems."""
        before, remaining = self._pace.requests, self._pace.remaining

        def has_budget() -> bool:
            is_enough = remaining is None or self._pace.requests - before < remaining * _FOR_PLANS
            return is_enough and not self._pace.refused_until

        def plan(name: str, services: JobServices) -> Backfill:
            return reading.plan(owner, name, self._since, services, at)

        with ReadingProgress(self._target, "repositories listed") as shown:
            advance = partial(shown.advance, total=len(names))
            planned = list(plan_all(names, plan, self._services, file, has_budget, advance))
        problems = [self._one_line(of.problem, f"{owner}/{of.name}") for of in planned if of.problem is not None]
        announcements.print_problems(problems)
        self._problems += problems
        return [repository for repository in planned if repository.problem is None]

    def _read_planned(self, owner: str, repository: PlannedRepository, at: int, shown: ReadingProgress) -> None:
        """Read a repository of several; what its plan asked is not asked again."""
        plan = partial(reading.plan, owner, repository.name, self._since)
        before, reader = self._pace.requests, repository.reader
        if reader is None:
            backfill = plan(self._services)
        else:
            backfill = plan(self._services._replace(github=reader), at)
            reader.forget()
        self._begin(backfill)
        with shown.paused():
            announcements.print_notes(backfill.plan)
        result = self._run(backfill, partial(plan, self._services), shown)
        self._items_before += len(backfill.plan.units)
        with shown.paused():
            self._end_repository(backfill, result, self._pace.requests - before + repository.calls)

    def _attempt(self, full_name: str, read: Callable[[], None]) -> None:
        """Read a repository; what fails is a problem of the report, and does not end the command."""
        try:
            read()
        except ConcurrentRunError as error:
            self._problems.append(str(error))
        except TelemetryError as error:
            self._problems.append(self._one_line(error, full_name))

    def _begin(self, backfill: Backfill) -> None:
        """Take note that a repository can be read, and of the lists that are hidden from the token."""
        self._has_read = True
        self._write_note()
        self._problems += [f"{backfill.plan.name}: {hidden}" for hidden in failures.hidden_lists(backfill.plan.absent)]

    def _end_repository(self, backfill: Backfill, result: BackfillResult, requests: int) -> None:
        name = backfill.plan.name
        console.echo(f"{name}: {result.recovered:,} events stored, {requests:,} requests")
        self._problems += [f"{name}: {problem}" for problem in result.problems]

    def _run(self, backfill: Backfill, again: Callable[[], Backfill], shown: ReadingProgress) -> BackfillResult:
        """Read what is planned, and print the first numbers meanwhile; `again` plans what is still to be read."""

        def advance(done: int, total: int, missing: Missing) -> None:
            shown.advance(self._items_before + done, self._items_before + total + self._items_after)
            if self._is_first(missing):
                with shown.paused():
                    settings, text = self._services.settings, self._missing(missing)
                    self._has_first = reports.print_first(self._folder, self._target, settings, text)

        return reading.read(backfill, again, self._pace, advance)

    def _is_first(self, missing: Missing) -> bool:
        """Return whether to print the first numbers now: of complete deployments, and of all changes unless that takes longer."""
        if self._has_first or not self._missing(missing):
            return False
        is_late = time.monotonic() - self._begun >= _FIRST_AFTER
        return missing.is_enough_for_dora or (is_late and missing.has_all_deployments)

    def _missing(self, missing: Missing) -> str:
        return ", ".join(filter(None, (str(missing), self._not_begun() if self._waiting else "")))

    def _not_begun(self) -> str:
        return announcements.counted(self._waiting, "repository", "repositories")

    def _destination(self) -> str:
        return f"into {self._folder.records}/, with the token of {self._token.source}"

    def _end(self, *, has_records: bool) -> NoReturn:
        if not has_records and not self._problems:
            since = announcements.day(self._since)
            console.echo(f"{self._target}: GitHub has nothing to measure since {since}; try more --days")
        if has_records:
            reports.print_next_steps(self._folder)
        for problem in dict.fromkeys(self._problems):
            console.echo(f"incomplete: {problem}", err=True)
        raise typer.Exit(1 if self._problems else 0)

    def _skip(self, what: str, reason: str) -> None:
        self._problems.append(f"{what}: {reason}")

    def _one_line(self, error: TelemetryError, name: str) -> str:
        return failures.one_line(error, name, self._token.source, self._services.settings.github_api_url)
