"""Filter a report by service, repository, environment or kind of period."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from core.errors import PermanentError
from warehouse.globs import matches_any_case
from warehouse.report.left_out_model import Suggestion
from warehouse.report.model import INFERRED, Environment, Evidence, Report


class Cohort(NamedTuple):
    """The items of evidence to select; an empty value selects all."""

    author_kind: str = ""
    """`person`, `bot`, `agent`, `mixed` or `unknown`."""
    assisted: str = ""
    """`yes`, `no` or `unknown`."""
    certainty: str = ""
    """`known`, `inferred` or `unknown`."""

    def has(self, item: Evidence) -> bool:
        """Return whether an item is selected; what is not determined is unknown."""
        assisted = "unknown" if item.assisted is None else "yes" if item.assisted else "no"
        certainty = "unknown" if item.value is None else INFERRED if item.certainty == INFERRED else "known"
        found = (item.author_kind or "unknown", assisted, certainty)
        return all(wanted in ("", value) for wanted, value in zip(self, found, strict=True))

    def __str__(self) -> str:
        """Return the selection in words: `written by person, assisted: no`; empty if it selects all."""
        parts = (
            self.author_kind and f"written by {self.author_kind}",
            self.assisted and f"assisted: {self.assisted}",
            self.certainty and f"certainty: {self.certainty}",
        )
        return ", ".join(part for part in parts if part)


class Filter(NamedTuple):
    """The values to select; an empty one selects all."""

    service: str = ""
    repository: str = ""
    """`owner/repo`, ignoring case."""
    environment: str = ""
    kind: str = ""
    """`week`, `month` or `quarter`."""


def canonical_case(report: Report, selection: Filter) -> Filter:
    """Return the filter in the report's spelling; raises PermanentError with the choices for an unknown value."""
    return Filter(
        _known("service", selection.service, {repository.service for repository in report.repositories}),
        _known("repository", selection.repository, {repository.name for repository in report.repositories}),
        _known("environment", selection.environment, {number.environment for number in report.numbers} - {""}),
        selection.kind,
    )


def apply(report: Report, selection: Filter) -> Report:
    """Apply a filter in the report's spelling; a repository's numbers stay under the repository.

    A filter for an environment also keeps the numbers of measures without environments, but not those of all environments.
    """
    if not any(selection):
        return report
    dora = {measure.name for measure in report.measures if measure.is_dora}
    kept = {selection.environment, ""} if selection.environment else set()
    repositories = tuple(
        repository for repository in report.repositories if _is_selected(selection, repository.service, repository.name)
    )
    names = {repository.name for repository in repositories}
    return report._replace(
        repositories=repositories,
        periods=tuple(period for period in report.periods if selection.kind in ("", period.kind)),
        numbers=tuple(
            number
            for number in report.numbers
            if _is_selected(selection, number.service, number.repository)
            and (not kept or number.environment in (kept - {""} if number.measure in dora else kept))
            and selection.kind in ("", number.kind)
        ),
        incident_counts=tuple(
            count
            for count in report.incident_counts
            if selection.service in ("", count.service) and selection.kind in ("", count.kind)
        ),
        unknown=tuple(found for found in report.unknown if selection.service in ("", found.service)),
        left_out=tuple(
            item
            for item in report.left_out
            if _is_selected(selection, item.service, item.repository) and selection.kind in ("", item.kind)
        ),
        suggestions=suggestions_about(report, names),
        environments=_environments_of(report, names),
        whole_runs=tuple(item for item in report.whole_runs if item.repository in names),
        without_end=tuple(item for item in report.without_end if item.repository in names),
        targets=tuple(target for target in report.targets if _is_about(target.service, selection)),
        annotations=tuple(note for note in report.annotations if _is_about(note.service, selection)),
        record_counts=tuple(count for count in report.record_counts if count.repository in names),
    )


def for_repository(report: Report, repository: str) -> Report:
    """Return the report of one repository, for pages that show services: the repository takes the place of its service.

    The services that are parts of a repository stay.
    """
    entries = [entry for entry in report.repositories if entry.name == repository]
    names = {entry.service: entry.name if len(entries) == 1 else entry.service for entry in entries}
    return report._replace(
        repositories=tuple(entry._replace(service=names[entry.service], team=None) for entry in entries),
        numbers=tuple(
            number._replace(service=names.get(number.service, number.service), repository="")
            for number in report.numbers
            if number.repository == repository
        ),
        incident_counts=tuple(
            count._replace(service=names[count.service]) for count in report.incident_counts if count.service in names
        ),
        unknown=tuple(
            found._replace(service=names[found.service]) for found in report.unknown if found.service in names
        ),
        left_out=tuple(
            item._replace(service=names.get(item.service, item.service))
            for item in report.left_out
            if item.repository == repository
        ),
        suggestions=suggestions_about(report, {repository}),
        environments=_environments_of(report, {repository}),
        whole_runs=tuple(item for item in report.whole_runs if item.repository == repository),
        without_end=tuple(item for item in report.without_end if item.repository == repository),
        targets=tuple(target._replace(service=names.get(target.service, target.service)) for target in report.targets),
        annotations=tuple(note._replace(service=names.get(note.service, note.service)) for note in report.annotations),
        record_counts=tuple(count for count in report.record_counts if count.repository == repository),
    )


def at_last_complete_period(report: Report) -> Report:
    """Return the report as of the end of its last complete period, so that it does not change until its content does."""
    ends = (period.ends_at for period in report.periods if period.ends_at <= report.generated_at)
    return report._replace(generated_at=max(ends, default=0))


def suggestions_about(report: Report, names: Iterable[str]) -> tuple[Suggestion, ...]:
    """Return the suggestions whose glob matches one of these repositories."""
    listed = list(names)
    return tuple(
        item for item in report.suggestions if any(matches_any_case(name, item.repositories) for name in listed)
    )


def _environments_of(report: Report, names: Collection[str]) -> tuple[Environment, ...]:
    """Return the environments of these repositories."""
    return tuple(environment for environment in report.environments if environment.repository in names)


def _is_about(service: str, selection: Filter) -> bool:
    """Return whether something of a service, or of all (empty), concerns the selected service."""
    return selection.service in ("", service) or not service


def _is_selected(selection: Filter, service: str, repository: str) -> bool:
    return selection.service in ("", service) and selection.repository in ("", repository)


def _known(kind: str, name: str, choices: Iterable[str]) -> str:
    """Return the name in the report's spelling; raises PermanentError for an unknown one."""
    spelling = {choice.lower(): choice for choice in choices}
    if name and name.lower() not in spelling:
        listed = ", ".join(sorted(spelling.values())) or "none"
        raise PermanentError(f"there is no {kind} {name}; there is {listed}")
    return spelling[name.lower()] if name else ""
