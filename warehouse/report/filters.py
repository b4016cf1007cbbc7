"""A part of a report: one service, repository, environment or kind of period, as somebody asked for it."""

from collections.abc import Iterable
from typing import NamedTuple

from core.errors import PermanentError
from warehouse.report.model import Number, Report


class Filter(NamedTuple):
    """What is asked for; empty: all of it."""

    service: str = ""
    repository: str = ""
    """`owner/repo`, case aside."""
    environment: str = ""
    kind: str = ""
    """`week`, `month` or `quarter`."""


def canonical_case(report: Report, only: Filter) -> Filter:
    """As the report spells it; raises Permanent, with what there is, for what the report does not know."""
    return Filter(
        _known("service", only.service, {each.service for each in report.repositories}),
        _known("repository", only.repository, {each.name for each in report.repositories}),
        _known("environment", only.environment, {each.environment for each in report.numbers} - {""}),
        only.kind,
    )


def apply(report: Report, only: Filter) -> Report:
    """What is left of it, of what is spelled as in the report. A repository's numbers stay its own.

    Of one environment are also the numbers that belong to none.
    """
    return report._replace(
        repositories=tuple(each for each in report.repositories if _is_asked_for(only, each.service, each.name)),
        periods=tuple(each for each in report.periods if only.kind in ("", each.kind)),
        numbers=tuple(
            each
            for each in report.numbers
            if _is_asked_for(only, each.service, each.repository)
            and (not only.environment or each.environment in ("", only.environment))
            and only.kind in ("", each.kind)
        ),
    )


def for_repository(report: Report, repository: str) -> Report:
    """A report narrowed to one repository, for pages that tell of services: the repository in place of its service."""
    [told] = [each for each in report.repositories if each.name == repository]
    own = told._replace(service=told.name, team=None)
    numbers = tuple(_of_service(each) for each in report.numbers if each.repository == told.name)
    return report._replace(repositories=(own,), numbers=numbers)


def at_last_complete_period(report: Report) -> Report:
    """The report as if it was made when its last whole period ended: the same for as long as it says the same."""
    ends = (each.ends_at for each in report.periods if each.ends_at <= report.generated_at)
    return report._replace(generated_at=max(ends, default=0))


def _is_asked_for(only: Filter, service: str, repository: str) -> bool:
    return only.service in ("", service) and only.repository in ("", repository)


def _of_service(number: Number) -> Number:
    return number._replace(service=number.repository, repository="")


def _known(what: str, asked: str, there: Iterable[str]) -> str:
    """As the report spells it."""
    spelled = {each.lower(): each for each in there}
    if asked and asked.lower() not in spelled:
        told = ", ".join(sorted(spelled.values())) or "none"
        raise PermanentError(f"there is no {what} {asked}; there is {told}")
    return spelled[asked.lower()] if asked else ""
