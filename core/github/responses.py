"""What GitHub's answers say, each by itself; whatever cannot be understood is TransientReadError: it may be a proxy's page."""

import base64
from typing import Any
from urllib.parse import urlsplit

import requests

from core.bounded_json import MOST_VALUES, bounded_json
from core.errors import ResponseTooLarge, TransientReadError
from core.github.bounded_response import MOST_FILE
from core.payload import Json, NotFinite

LONGEST_PAUSE = 3600.0
"""Seconds: GitHub's limits are hourly, so whoever names a later time is not believed."""


def seconds(value: str | None) -> float | None:
    """A header's whole number; None if it is none."""
    return min(float(value), 1e15) if value is not None and value.isascii() and value.isdigit() else None


def retry_after(response: requests.Response) -> float | None:
    """`Retry-After` in seconds, at most an hour; None if there is none."""
    after = seconds(response.headers.get("Retry-After"))
    return None if after is None else min(after, LONGEST_PAUSE)


def parse_json_response(response: requests.Response, most_values: int = MOST_VALUES) -> Any:
    """The answer's JSON; raises TransientReadError where it is none, or has a number that no record could hold.

    Raises ResponseTooLarge where it has too many values.
    """
    path = urlsplit(response.url).path
    try:
        return bounded_json(response.content, most_values)
    except NotFinite:
        raise TransientReadError(f"GET {path}: a number in the answer is not finite") from None
    except ValueError:
        raise TransientReadError(f"GET {path}: the answer is not JSON") from None
    except ResponseTooLarge as error:
        raise ResponseTooLarge(f"GET {path}: {error}") from None


def beginning(response: requests.Response) -> str:
    """The first words, in lower case. Not `response.text`: without a charset it would guess one from the whole body."""
    return response.content[:2000].decode("utf-8", "replace").lower()


def check_size(answer: Json, path: str) -> None:
    """Raise ResponseTooLarge for a file that its contents answer lists as over the limit."""
    size = answer.get("size")
    if type(size) is int and size > MOST_FILE:
        raise ResponseTooLarge(f"GET {path}: a file of {size:,} bytes") if size < 2**53 else ResponseTooLarge(path)


def is_file(answer: Any, path: str) -> bool:
    """Whether a contents answer is a file: not a directory, a symlink or a submodule. Raises TransientReadError if it is no contents."""
    if type(answer) is list:
        return False  # a directory
    if type(answer) is not dict or type(answer.get("type")) is not str:
        raise TransientReadError(f"GET {path}: the answer is no content")
    return answer["type"] == "file" and not answer.get("submodule_git_url")


def raw_content(raw: requests.Response, path: str) -> bytes:
    """A file in the raw media type: one over 1 MB is never empty, and a page of some proxy is no file."""
    if raw.status_code != 200 or not raw.content or "html" in raw.headers.get("Content-Type", ""):
        raise TransientReadError(f"GET {path}: the answer is not the file")
    return raw.content


def decode_content(answer: Json, path: str) -> bytes:
    """The content of a file up to 1 MB; raises TransientReadError."""
    try:
        return base64.b64decode(answer["content"])
    except (KeyError, TypeError, ValueError):  # binascii's is a ValueError
        raise TransientReadError(f"GET {path}: the content is not base64") from None
