"""The operations of Secret Manager that the fake supports: https://cloud.google.com/secret-manager/docs/reference/rest."""

from typing import Any

from google.cloud.secretmanager_v1 import types

from fakes.google.route import Route, route

_SECRET = "projects/*/secrets/*"  # noqa: S105 (the pattern of its name)
_VERSION = f"{_SECRET}/versions/*"


def _route(rpc: Any, method: str, path: str, body: str = "") -> Route:
    return route("google.cloud.secretmanager.v1.SecretManagerService", rpc, method, f"/v1/{path}", body)


ROUTES = (
    _route(types.ListSecretsRequest, "GET", "{parent=projects/*}/secrets"),
    _route(types.CreateSecretRequest, "POST", "{parent=projects/*}/secrets", "secret"),
    _route(types.GetSecretRequest, "GET", f"{{name={_SECRET}}}"),
    _route(types.DeleteSecretRequest, "DELETE", f"{{name={_SECRET}}}"),
    _route(types.AddSecretVersionRequest, "POST", f"{{parent={_SECRET}}}:addVersion", "*"),
    _route(types.ListSecretVersionsRequest, "GET", f"{{parent={_SECRET}}}/versions"),
    _route(types.GetSecretVersionRequest, "GET", f"{{name={_VERSION}}}"),
    _route(types.AccessSecretVersionRequest, "GET", f"{{name={_VERSION}}}:access"),
    _route(types.DisableSecretVersionRequest, "POST", f"{{name={_VERSION}}}:disable", "*"),
    _route(types.EnableSecretVersionRequest, "POST", f"{{name={_VERSION}}}:enable", "*"),
    _route(types.DestroySecretVersionRequest, "POST", f"{{name={_VERSION}}}:destroy", "*"),
)
"""Not supported: updates of a secret's settings, IAM policies, regional secrets."""
