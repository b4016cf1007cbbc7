"""Says in one line why GitHub could not be read for a trial, and what to do next."""

from collections.abc import Iterable
from datetime import datetime

from core.errors import NotFound, RetryableError, TelemetryError, Unavailable

RUNS = "workflow runs"
_RATE_LIMIT = ("rate limit", "allows no requests")
_AGAIN = "what was read is stored; the same command goes on"


def one_line(error: TelemetryError, name: str, token: str, url: str) -> str:
    """Return the reason and the next step; `token` is the token's source, `url` is that of the API."""
    text = str(error)
    if isinstance(error, NotFound):
        what = "repository" if "/" in name else "account"
        private = "; a private repository needs a token that may read it" if "/" in name else ""
        return f"{name}: GitHub shows this token ({token}) no such {what}. Check the spelling at {url}{private}"
    if ": 401" in text:
        return f"{token}: GitHub does not accept this token. Run `gh auth login`, or set GITHUB_TOKEN to a valid one"
    if any(phrase in text for phrase in _RATE_LIMIT):
        return f"{name}: GitHub's rate limit of this token ({token}) is used up. Wait an hour at most; {_AGAIN}"
    if isinstance(error, RetryableError) and not isinstance(error, Unavailable):
        return f"{name}: GitHub cannot be read at {url} ({text}). Check the network, and HTTPS_PROXY; {_AGAIN}"
    return f"{name}: {text}"


def hidden_lists(absent: Iterable[tuple[str, str]]) -> list[str]:
    """Return a sentence for each list that every repository has and GitHub answers with 404.

    A fine-grained token without a permission gets a 404, too, and the numbers would look as if there were nothing:
    https://dev.to/jjoyneriv/your-fine-grained-github-token-gets-404-not-403-check-these-four-things-before-the-url-1l99
    Of workflow runs it may be that Actions are off, which no reader can find out.
    """
    return [
        f"{name}: {answer}, which a token gets that may not read them. Use one that may, such as that of `gh auth login`"
        for name, answer in absent
        if answer.endswith(": 404") and name != RUNS
    ]


def used_up(until: float) -> str:
    """Return what a used-up hourly limit means; `until` is in UNIX seconds."""
    return f"GitHub's hourly limit of this token is used up until {_clock(until)}: {_AGAIN}"


def too_many(expected: int, remaining: float | None, until: float | None) -> str | None:
    """Return what it means that fewer requests remain until a time (UNIX seconds) than a repository needs; None if enough do."""
    if remaining is None or until is None or expected <= remaining:
        return None
    return (
        f"GitHub allows this token {remaining:,.0f} more requests until {_clock(until)}: a report on a part comes first, and the same "
        "command goes on then. Fewer --days need fewer requests"
    )


def _clock(at: float) -> str:
    """Return a time in the time zone of this machine."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M %Z").strip()
