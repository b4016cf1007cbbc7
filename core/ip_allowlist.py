"""Whether whoever calls may: neither AWS's HTTP API nor a Cloud Function has a firewall of its own."""

from ipaddress import ip_address, ip_network

from core.handler import Response
from core.services import WebhookServices


def reject_if_not_allowed(address: str, services: WebhookServices) -> Response | None:
    """The answer to an address that is not of ALLOWED_NETWORKS, or None. A list that is none lets nobody in."""
    try:
        caller = ip_address(address)
        networks = [ip_network(text.strip()) for text in services.settings.allowed_networks.split(",") if text.strip()]
    except ValueError:
        services.log("error", "accept", "unavailable", status=503, reason="ALLOWED_NETWORKS is no list of networks")
        return Response(503, {"status": "error", "reason": "this cannot be taken now, try again later"}, {})
    if any(caller in network for network in networks):
        return None
    services.log("info", "accept", "rejected", status=403, reason="not of ALLOWED_NETWORKS")
    return Response(403, {"status": "error", "reason": "not from here"}, {})
