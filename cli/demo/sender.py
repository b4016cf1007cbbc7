"""Sends signed deliveries concurrently, as GitHub does."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter

from cli.demo.scenario import Delivery
from core.delivery_headers import delivery_headers

_SIDE_BY_SIDE = 8
_TIMEOUT = 30


def send_all(deliveries: Iterable[Delivery], url: str, secret: str, done: Callable[[], object]) -> Counter[str]:
    """Send deliveries and count the responses by status word or status code. Raises requests.RequestException."""
    with requests.Session() as session, ThreadPoolExecutor(_SIDE_BY_SIDE) as senders:
        session.mount("http://", HTTPAdapter(pool_maxsize=_SIDE_BY_SIDE))

        def send(delivery: Delivery) -> str:
            body = json.dumps(delivery.payload).encode()
            headers = delivery_headers(delivery.event, body, secret, delivery.delivery_id, delivery.source)
            response = session.post(url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
            done()
            return str(response.json().get("status")) if response.ok else str(response.status_code)

        return Counter(senders.map(send, deliveries))
