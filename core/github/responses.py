"""Parses single responses of GitHub. One that cannot be parsed is a TransientReadError: it may be the page of a proxy."""

import base64
import re
from typing import Any
from urllib.parse import urlsplit

import requests

from core.bounded_json import MOST_VALUES, bounded_json
from core.errors import ResponseTooLarge, TransientReadError
from core.github.bounded_response import MOST_FILE
from core.payload import Json, NotFinite

BLOCKED = ("repository access blocked", "disabled by github", "violation of github", "dmca takedown")
"""Messages of a 403 or 451 that never pass: https://github.com/PyGithub/PyGithub/issues/1015 and
https://github.com/github/rest-api-description/issues/3314"""
_PERMISSIONS = re.compile(r"[a-z_]+=[a-z]+(?:, ?[a-z_]+=[a-z]+)*")

_RATE_LIMIT = ("rate limit", "abuse detection")
"""Messages of rate limits. Older versions of GitHub Enterprise Server call the secondary limit abuse detection:
https://github.com/hub4j/github-api/pull/289 and https://github.com/palantir/policy-bot/issues/136"""
UNNAMED_PAUSE = 60.0
"""Seconds after a rate limit that names no time: https://github.com/hub4j/github-api/issues/1805. "Wait for at least one minute"."""
LONGEST_PAUSE = 3600.0
"""Seconds: GitHub's limits are hourly, so a longer pause is not accepted."""


def seconds(value: str | None) -> float | None:
    """Return a header's whole number; None if it is not one."""
    return min(float(value), 1e15) if value is not None and value.isascii() and value.isdigit() else None


def retry_after(response: requests.Response) -> float | None:
    """Return `Retry-After` in seconds, at most an hour; None if it is absent."""
    after = seconds(response.headers.get("Retry-After"))
    return None if after is None else min(after, LONGEST_PAUSE)


def rate_limit_pause(response: requests.Response, now: float) -> float | None:
    """Return the seconds until a rate limit passes, at most an hour; None if the response is none. `now` is in UNIX seconds.

    A 403 is one only if its headers or its message say so: it may also be a permission that the token lacks.
    """
    after = retry_after(response)
    if after is not None:
        return after
    if response.headers.get("X-RateLimit-Remaining") == "0":
        reset = seconds(response.headers.get("X-RateLimit-Reset"))
        return UNNAMED_PAUSE if reset is None else min(max(1.0, reset - now), LONGEST_PAUSE)
    return UNNAMED_PAUSE if response.status_code == 429 or says(response, *_RATE_LIMIT) else None


def parse_json_response(response: requests.Response, most_values: int = MOST_VALUES) -> Any:
    """Return the JSON of a response. Raises TransientReadError if it is not JSON, or has a number that is not finite.

    Raises ResponseTooLarge if it has too many values.
    """
    what = f"{response.request.method} {urlsplit(response.url).path}"
    try:
        return bounded_json(response.content, most_values)
    except NotFinite:
        raise TransientReadError(f"{what}: a number in the answer is not finite") from None
    except ValueError:
        raise TransientReadError(f"{what}: the answer is not JSON") from None
    except ResponseTooLarge as error:
        raise ResponseTooLarge(f"{what}: {error}") from None


def beginning(response: requests.Response) -> str:
    """Return the beginning of the body in lower case. Not `response.text`, which guesses a charset from the whole body."""
    return response.content[:2000].decode("utf-8", "replace").lower()


def says(response: requests.Response, *phrases: str) -> bool:
    """Return whether GitHub's message contains one of these phrases."""
    text = beginning(response)
    return any(phrase in text for phrase in phrases)


def block_reason(response: requests.Response) -> str | None:
    """Return why GitHub blocks access to a repository, such as `tos` or `dmca`; None if it does not."""
    if response.status_code != 451 and not (response.status_code == 403 and says(response, *BLOCKED)):
        return None
    reason = re.search(r'"reason": ?"([a-z_]{1,40})"', beginning(response))
    return reason[1] if reason else "no reason given"


def accepted_permissions(response: requests.Response) -> str | None:
    """Return the permissions that GitHub asks for, such as `contents=read`, of several sets the first; None if it names none.

    https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible
    """
    value = response.headers.get("X-Accepted-GitHub-Permissions", "")[:200].partition(";")[0]
    return value if _PERMISSIONS.fullmatch(value) else None


def check_size(answer: Json, path: str) -> None:
    """Raise ResponseTooLarge for a file whose listed size is over the limit."""
    size = answer.get("size")
    if type(size) is int and size > MOST_FILE:
        raise ResponseTooLarge(f"GET {path}: a file of {size:,} bytes") if size < 2**53 else ResponseTooLarge(path)


def is_file(answer: Any, path: str) -> bool:
    """Return whether a contents response is a file: not a directory, a symlink or a submodule. Raises TransientReadError."""
    if type(answer) is list:
        return False  # a directory
    if type(answer) is not dict or type(answer.get("type")) is not str:
        raise TransientReadError(f"GET {path}: the response has no content")
    return answer["type"] == "file" and not answer.get("submodule_git_url")


def raw_content(raw: requests.Response, path: str) -> bytes:
    """Return a file in the raw media type. Raises TransientReadError for an empty body, or the HTML page of a proxy."""
    if raw.status_code != 200 or not raw.content or "html" in raw.headers.get("Content-Type", ""):
        raise TransientReadError(f"GET {path}: the response is not the file")
    return raw.content


def decode_content(answer: Json, path: str) -> bytes:
    """Return the content of a file up to 1 MB. Raises TransientReadError."""
    try:
        text = "".join(answer["content"].split())  # GitHub wraps the lines
        return base64.b64decode(text, validate=True)
    except (KeyError, TypeError, AttributeError, ValueError):  # binascii's is a ValueError
        raise TransientReadError(f"GET {path}: the content is not base64") from None
