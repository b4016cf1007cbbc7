"""Prints what a trial is about to read: how much, with how many requests, and in how many minutes."""

import time
from collections.abc import Sequence

from cli import console
from cli.trial import failures, reading
from cli.trial.owner_plan import Estimate
from core.backfill.plan import Plan
from core.github.pacing import POINTS_A_MINUTE, RequestPace


def print_plan(plan: Plan, after: str, pace: RequestPace) -> None:
    """Print the plan of a repository that is read alone; `after` ends its line."""
    print_notes(plan)
    _print_line(f"{plan.name}:", len(plan.units), plan.since, plan.calls + plan.expected, plan.expected, after)
    _print_shortage(plan.expected, pace)


def print_estimate(target: str, estimate: Estimate, since: int, after: str, pace: RequestPace) -> None:
    """Print what there is to read of all repositories of an owner since a time in UNIX ms; `after` ends the line."""
    repositories = counted(estimate.repositories, "repository", "repositories")
    _print_line(f"{target}: {repositories},", estimate.items, since, estimate.requests, estimate.expected, after)
    if estimate.unlisted:
        console.echo(
            f"the lists of {counted(estimate.unlisted, 'repository', 'repositories')} are read later: this estimate takes the others' average"
        )
    _print_shortage(estimate.expected, pace)


def print_notes(plan: Plan) -> None:
    """Print what the repository does not have, or GitHub does not keep."""
    for note in plan.notes:
        is_of_runs = note.startswith(f"no {failures.RUNS}: ")
        console.echo(f"{plan.name}: {note}{' (Actions are off, or the token may not read them)' if is_of_runs else ''}")


def print_problems(problems: Sequence[str]) -> None:
    """Print at once what cannot be read; it is repeated at the end."""
    for problem in dict.fromkeys(problems):
        console.echo(f"cannot be read: {problem}", err=True)


def counted(number: int, one: str, several: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else several}"


def day(milliseconds: int) -> str:
    """Return the day of a time in UNIX ms, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(milliseconds / 1000))


def _print_line(begin: str, items: int, since: int, requests: int, expected: int, after: str) -> None:
    minutes = counted(reading.minutes(expected, POINTS_A_MINUTE), "minute", "minutes")
    console.echo(f"{begin} {items:,} items since {day(since)}, about {requests:,} requests, {minutes} or more; {after}")


def _print_shortage(expected: int, pace: RequestPace) -> None:
    shortage = failures.too_many(expected, pace.remaining, pace.resets_at)
    if shortage:
        console.echo(shortage, err=True)
