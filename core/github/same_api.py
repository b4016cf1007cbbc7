"""Checks that redirects and links to further pages stay at our API, before a token is sent there.

GitHub redirects for renamed repositories and links to the next page, always below the API's own address:
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
"""

import re
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

_PORTS = {"https": 443, "http": 80}
_UNSAFE = re.compile(r"[^\x21-\x7e]|\\")
"""Characters that clients read differently: a backslash may end the host, and a line break may be dropped."""


def resolve_url(base: str, source: str, target: str) -> str | None:
    """Return the absolute URL of a link or redirect in the response of `source`; None if it is not below the URL `base`.

    The scheme, host and port must be those of `base`, and its path must be a prefix: `/api/v3` at GitHub Enterprise Server.
    """
    try:
        absolute = urljoin(source, target)
        ours, theirs = urlsplit(base), urlsplit(absolute)
        same_host = _origin(ours) == _origin(theirs)
    except ValueError:
        return None
    parts = unquote(theirs.path).split("/")
    below = theirs.path.startswith(f"{ours.path.rstrip('/')}/") and not {".", ".."}.intersection(parts)
    return absolute if same_host and below and not _UNSAFE.search(target) else None


def _origin(url: SplitResult) -> tuple[str, str, int | None]:
    """Return scheme, host and port. A user name makes it another origin."""
    host = "" if "@" in url.netloc else url.hostname or ""
    return url.scheme, host, url.port or _PORTS.get(url.scheme)
