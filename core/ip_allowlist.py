"""Restricts the webhook to allowed networks: neither AWS's HTTP API nor a Cloud Function has a firewall of its own."""

from ipaddress import ip_address, ip_network

from core.handler import AcceptOutcome, Response
from core.services import WebhookServices


def reject_if_not_allowed(address: str, services: WebhookServices) -> Response | None:
    """Return the response to an address outside ALLOWED_NETWORKS; None if it is allowed. An invalid list allows nobody."""
    try:
        caller = ip_address(address)
        networks = [ip_network(text.strip()) for text in services.settings.allowed_networks.split(",") if text.strip()]
    except ValueError:
        services.log(
            "error", "accept", AcceptOutcome.UNAVAILABLE, status=503, reason="ALLOWED_NETWORKS is no list of networks"
        )
        return Response(503, {"status": "error", "reason": "this cannot be taken now, try again later"}, {})
    if any(caller in network for network in networks):
        return None
    services.log("info", "accept", AcceptOutcome.REJECTED, status=403, reason="not of ALLOWED_NETWORKS")
    return Response(403, {"status": "error", "reason": "not from here"}, {})
