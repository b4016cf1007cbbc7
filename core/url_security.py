"""Checks which URLs may carry a secret, and removes user names and passwords from URLs that are displayed.

At import time only `re` is imported: every log line is filtered here, also on the cold path.
"""

import re

_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#\"'<>\\]*@")
_LOCALSTACK = "localhost.localstack.cloud"
"""LocalStack's own name for the loopback interface, also inside what it runs.
https://docs.localstack.cloud/aws/capabilities/networking/"""


def without_userinfo(text: str) -> str:
    """Replace `user:password@` in every URL of a text by `***@`.

    https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
    """
    return _USERINFO.sub(r"\1***@", text) if "@" in text and "://" in text else text


def problem(url: str, *, localstack: bool = False) -> str | None:
    """Return why a URL must not be sent a secret, without the URL itself; None if it may.

    Plain http:// is allowed for this machine only; with `localstack` also for LocalStack's names of it.
    """
    from urllib.parse import urlsplit  # noqa: PLC0415 (not for the cold path)

    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "must be a URL that begins with https://"
    if "@" in parts.netloc or not url.isprintable() or re.search(r"[\s\\]", url):
        return "must be a URL without a user name, a password, a space or a backslash"
    if not well_formed:
        return "must be a URL that begins with https://"
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme == "https" or is_loopback(host):
        return None
    if localstack and (host == _LOCALSTACK or host.endswith(f".{_LOCALSTACK}")):
        return None
    return "must begin with https://: over http:// to another machine, anybody on the way could read the secret"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine by its name or address alone; no name is resolved.

    https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    """
    import ipaddress  # noqa: PLC0415 (not for the cold path)

    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
