"""`GET /` of the local server: the dashboard, or until it exists the next steps and the server's health.

It may show records of private repositories, so only this machine can read it. The peer's address is checked first:
HOST=0.0.0.0 opens the port to the network, and no header can change a connection's source. A loopback peer may be a tunnel
for webhooks, or a browser on a page whose name resolves to this machine (DNS rebinding). So requests with a proxy's headers,
or with a host name other than localhost or an address, are refused too.
"""

import ipaddress
from collections.abc import Mapping
from html import escape
from typing import Any

from runtimes.local.live_dashboard import Look
from telemetry_functions import installation
from telemetry_functions.installation import instruction

_FIXED = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"""
_AGAIN = "2"
"""Seconds after which a browser reloads, until the dashboard exists."""
_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
:root, a { background: light-dark(#fff, #161616); color: light-dark(#161616, #eee); }
body { max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th { text-align: left; font-weight: normal; padding-right: 2rem; }
td { text-align: right; font-variant-numeric: tabular-nums; }
code { background: light-dark(#eee, #333); padding: .1em .3em; border-radius: .2em; }
"""
_SAMPLE = (
    "cli/samples/check_suite.json" if installation.IS_CHECKOUT else installation.ROOT / "cli/samples/check_suite.json"
)
NEXT = (
    ("Send a sample, signed as GitHub signs", f"telemetry send check_suite {_SAMPLE}"),
    ("Let six weeks of a team's life happen, with a report of it", instruction("demo")),
    ("Take the webhooks of your own repositories", installation.document("GITHUB.md")),
)
"""Next steps without records, each with its command or document."""
NOTHING = Look(None, "", building=False)
_PROXIES = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_REAL_IP",
    "HTTP_X_CLIENT_IP",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_CF_",
    "HTTP_X_FORWARDED",
)
"""Prefixes of the headers that proxies and tunnels add; an empty header counts too.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Forwarded"""
ELSEWHERE = NOTHING._replace(message="The dashboard is shown on the machine itself only, under its address.")


def is_local_peer(environ: Mapping[str, Any]) -> bool:
    """Return whether the connection comes from this machine; False for a missing or invalid address."""
    address = str(environ.get("REMOTE_ADDR", ""))
    if address == "localhost":  # waitress's value for a Unix socket
        return True
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = peer.ipv4_mapped if isinstance(peer, ipaddress.IPv6Address) else None
    return (mapped or peer).is_loopback


def is_local_request(environ: Mapping[str, Any]) -> bool:
    """Return whether the request is from this machine, names localhost or an address, and passed no proxy."""
    if not is_local_peer(environ) or any(name.startswith(_PROXIES) for name in environ):
        return False
    host = str(environ.get("HTTP_HOST", "")).lower()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return name == "localhost" or _is_address(name.strip("[]"))


def is_foreign_page(environ: Mapping[str, Any]) -> bool:
    """Return whether a web page of another origin sent the request, including by DNS rebinding.

    https://www.w3.org/TR/fetch-metadata/: a browser sends these headers with every request, and no script can remove them.
    Following a link to the dashboard is allowed: the destination is a `document`, which no other page can read.
    """
    if "HTTP_ORIGIN" in environ:
        return True
    site, destination = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_SEC_FETCH_DEST")
    if site is None or destination == "document":
        return False
    return site in ("cross-site", "same-site") or not is_local_request(environ)


def dashboard(page: bytes) -> tuple[dict[str, str], bytes]:
    """Return the dashboard's headers and body; the page itself restricts its scripts further, by hash."""
    return {**_FIXED, "Content-Security-Policy": f"{_POLICY}; script-src 'unsafe-inline'"}, page


def status(look: Look, health: Mapping[str, object] | None) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the page that is shown without a dashboard; `health` None hides the counts."""
    return {**_FIXED, "Refresh": _AGAIN, "Content-Security-Policy": _POLICY}, _render(look, health).encode()


def _render(look: Look, health: Mapping[str, object] | None) -> str:
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>telemetry-functions</title><style>{_STYLE}</style><main><h1>telemetry-functions</h1>"
        f"{_message(look)}{'' if health is None else _counts(health)}</main>"
    )


def _counts(health: Mapping[str, object]) -> str:
    rows = "".join(f"<tr><th scope=row>{escape(name)}<td>{escape(str(value))}" for name, value in health.items())
    return f"<h2>Since this server was started</h2><table>{rows}</table><p><a href=/health>The same as JSON</a>"


def _message(look: Look) -> str:
    if look.building:
        return f"<p role=status>The dashboard is being made. {escape(look.message)}"
    if look.message:
        return f"<p>{escape(look.message)}"
    steps = "".join(f"<li>{escape(step)}: <code>{escape(command)}</code>" for step, command in NEXT)
    return f"<p>There are no records yet. The dashboard is here as soon as there is one.<h2>What to do next</h2><ul>{steps}</ul>"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
