"""A part of a report: one service, repository, environment or kind of period, as somebody asked for it."""

from collections.abc import Iterable
from typing import NamedTuple

from core.errors import Permanent
from warehouse.report.model import Number, Report


class Only(NamedTuple):
    """What is asked for; empty: all of it."""

    service: str = ""
    repository: str = ""
    """`owner/repo`, case aside."""
    environment: str = ""
    kind: str = ""
    """`week`, `month` or `quarter`."""


def narrowed(report: Report, only: Only) -> Report:
    """What is left of it; raises Permanent, with what there is, for what the report does not know.

    Of one environment are also the numbers that belong to none. A repository's numbers stay its own.
    """
    service = _known("service", only.service, {each.service for each in report.repositories})
    repository = _known("repository", only.repository, {each.name for each in report.repositories})
    environment = _known("environment", only.environment, {each.environment for each in report.numbers} - {""})
    return report._replace(
        repositories=tuple(
            each for each in report.repositories if service in ("", each.service) and repository in ("", each.name)
        ),
        periods=tuple(each for each in report.periods if only.kind in ("", each.kind)),
        numbers=tuple(
            each
            for each in report.numbers
            if service in ("", each.service)
            and repository in ("", each.repository)
            and (not environment or each.environment in ("", environment))
            and only.kind in ("", each.kind)
        ),
    )


def by_itself(report: Report, repository: str) -> Report:
    """A report narrowed to one repository, for pages that tell of services: the repository in place of its service."""
    [told] = [each for each in report.repositories if each.name.lower() == repository.lower()]
    own = told._replace(service=told.name, team=None)
    numbers = tuple(_of_service(each) for each in report.numbers if each.repository == told.name)
    return report._replace(repositories=(own,), numbers=numbers)


def lasting(report: Report) -> Report:
    """The report as if it was made when its last whole period ended: the same for as long as it says the same."""
    ends = (each.ends_at for each in report.periods if each.ends_at <= report.generated_at)
    return report._replace(generated_at=max(ends, default=0))


def _of_service(number: Number) -> Number:
    return number._replace(service=number.repository, repository="")


def _known(what: str, asked: str, there: Iterable[str]) -> str:
    """As the report spells it."""
    spelled = {each.lower(): each for each in there}
    if asked and asked.lower() not in spelled:
        told = ", ".join(sorted(spelled.values())) or "none"
        raise Permanent(f"there is no {what} {asked}; there is {told}")
    return spelled[asked.lower()] if asked else ""
