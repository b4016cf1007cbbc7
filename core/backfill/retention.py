"""Says what GitHub has deleted: workflow runs, their jobs and check suites, but nothing else, end with a retention period.

GitHub.com kept them for 400 days and ten more until 2026-10-01. Since then the repository's setting for artifacts and logs decides:
90 days by default and at most for a public repository, up to 400 for others (from the announcement; only administrators may read
the setting). An Enterprise Server's administrators choose their own.
https://github.blog/changelog/2026-08-27-actions-retention-will-cover-checks-workflow-runs-and-statuses/
https://docs.github.com/en/organizations/managing-organization-settings/configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization
"""

from core.payload import DAY, Json, day_of

_PUBLIC, _LONGEST = 90, 400
"""Days."""
_WHAT = "workflow runs, jobs and check suites"


def gone(repository: Json, host: str, *, since: int, now: int) -> tuple[str, ...]:
    """Return what is gone, or may be, of the time since the start, a sentence each; times are UNIX ms."""
    is_dotcom = host == "github.com" or host.endswith(".ghe.com")
    if since >= now - _PUBLIC * DAY:
        return ()
    if not is_dotcom:
        return (f"{_WHAT} may be gone: the server's administrators choose how long it keeps them",)
    if repository.get("private") is False:
        return (f"{_WHAT} from before {_day(now, _PUBLIC)} are gone: GitHub keeps them for {_PUBLIC} days",)
    certain = (f"{_WHAT} from before {_day(now, _LONGEST)} are gone: GitHub keeps them for {_LONGEST} days at most",)
    setting = f"GitHub keeps them for {_PUBLIC} days unless the repository's retention setting is longer"
    uncertain = f"{_WHAT} from before {_day(now, _PUBLIC)} may be gone: {setting}"
    return (*(certain if since < now - _LONGEST * DAY else ()), uncertain)


def _day(now: int, days: int) -> str:
    return str(day_of(now - days * DAY))
