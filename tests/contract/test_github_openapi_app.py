"""What a GitHub App asks of GitHub is as GitHub's OpenAPI says."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from core.github.webhooks import HookOwner, deliveries, hooks
from core.setting_types import APP
from tests.openapi import check_request
from tests.unit.core.github.test_app import Harness

pytestmark = [pytest.mark.npm, pytest.mark.usefixtures("npm")]


def test_its_own_installations_tokens_repositories_and_webhook() -> None:
    harness, asked = Harness(), list[str]()
    send = harness.hub.send

    def checked(request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        operation = check_request(str(request.method), parts.path, dict(parse_qsl(parts.query)), body)
        asked.append(f"{request.method} {operation.template}")
        return send(request, *rest, **more)

    harness.hub.send = checked  # type: ignore[method-assign]  # beside what it does
    assert list(harness.app.repositories())
    [hook] = hooks(harness.app, HookOwner(APP))
    assert next(deliveries(harness.app, hook)).deliveries == []
    assert set(asked) == {
        "GET /app/installations",
        "POST /app/installations/{installation_id}/access_tokens",
        "GET /installation/repositories",
        "GET /app",
        "GET /app/hook/config",
        "GET /app/hook/deliveries",
    }
