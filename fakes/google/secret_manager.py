"""Fakes Secret Manager: secrets, and versions that are enabled, disabled or destroyed.

https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions
"""

import re
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import google_crc32c
from google.cloud.secretmanager_v1 import types
from google.protobuf import empty_pb2  # type: ignore[import-untyped]

from fakes.google.errors import Refused
from fakes.google.pagination import page
from fakes.google.secret_manager_routes import ROUTES
from fakes.google.service import Service

_MOST_BYTES = 65_536
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_STATES = types.SecretVersion.State


class _Version(NamedTuple):
    metadata: Any
    """A protobuf SecretVersion."""
    data: bytes


class _Secret(NamedTuple):
    metadata: Any
    """A protobuf Secret."""
    versions: list[_Version]


class SecretManager(Service):
    """A Secret Manager service. `clock` is in UNIX seconds. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.denied: set[str] = set()
        """Secrets (`projects/P/secrets/S`) whose versions cannot be accessed."""
        self._clock = clock
        self._secrets: dict[str, _Secret] = {}
        self._lock = threading.RLock()
        operations: dict[str, Callable[[Any], Any]] = {
            "ListSecrets": self._list,
            "CreateSecret": self._create,
            "GetSecret": lambda request: self._secret(request.name).metadata,
            "DeleteSecret": self._delete,
            "AddSecretVersion": self._add_version,
            "ListSecretVersions": self._list_versions,
            "GetSecretVersion": lambda request: self._version(request.name).metadata,
            "AccessSecretVersion": self._access,
            "DisableSecretVersion": lambda request: self._set_state(request, _STATES.DISABLED),
            "EnableSecretVersion": lambda request: self._set_state(request, _STATES.ENABLED),
            "DestroySecretVersion": lambda request: self._set_state(request, _STATES.DESTROYED),
        }
        super().__init__(ROUTES, operations)

    def put(self, secret: str, value: str | bytes) -> str:
        """Add a version to `projects/P/secrets/S`, created if needed, and return the version's name. Raises Refused."""
        parent, _, id = secret.rpartition("/secrets/")
        data = value.encode() if isinstance(value, str) else value
        with self._lock:
            if secret not in self._secrets:
                settings: Any = {"replication": {"automatic": {}}}
                self._create(types.CreateSecretRequest.pb()(parent=parent, secret_id=id, secret=settings))
            added = self._add_version(types.AddSecretVersionRequest.pb()(parent=secret, payload={"data": data}))
        return str(added.name)

    def _list(self, request: Any) -> Any:
        _check_no_filter(request)
        with self._lock:
            named = sorted(self._secrets.items())
        matching = [secret.metadata for name, secret in named if name.startswith(f"{request.parent}/")]
        secrets, token = page(matching, request)
        return types.ListSecretsResponse.pb()(secrets=secrets, next_page_token=token, total_size=len(matching))

    def _create(self, request: Any) -> Any:
        if not _ID.fullmatch(request.secret_id):
            raise Refused("INVALID_ARGUMENT", "The secret's id has up to 255 letters, digits, hyphens and underscores.")
        if not request.secret.HasField("replication"):
            raise Refused("INVALID_ARGUMENT", "Secret.replication must be provided.")
        name = f"{request.parent}/secrets/{request.secret_id}"
        with self._lock:
            if name in self._secrets:
                raise Refused("ALREADY_EXISTS", f"Secret [{name}] already exists.")
            request.secret.name = name
            request.secret.create_time.FromMicroseconds(self._now())
            self._secrets[name] = _Secret(request.secret, [])
        return request.secret

    def _delete(self, request: Any) -> Any:
        with self._lock:
            self._secret(request.name)
            del self._secrets[request.name]
        return empty_pb2.Empty()

    def _add_version(self, request: Any) -> Any:
        data, checksum = request.payload.data, google_crc32c.value(request.payload.data)
        if not 0 < len(data) <= _MOST_BYTES:
            raise Refused("INVALID_ARGUMENT", f"A version's payload has 1 to {_MOST_BYTES} bytes.")
        checked = request.payload.HasField("data_crc32c")
        if checked and request.payload.data_crc32c != checksum:
            raise Refused("INVALID_ARGUMENT", "The checksum does not match the payload.")
        with self._lock:
            versions = self._secret(request.parent).versions
            name = f"{request.parent}/versions/{len(versions) + 1}"
            metadata = types.SecretVersion.pb()(
                name=name, state=_STATES.ENABLED, client_specified_payload_checksum=checked
            )
            metadata.create_time.FromMicroseconds(self._now())
            versions.append(_Version(metadata, data))
        return metadata

    def _list_versions(self, request: Any) -> Any:
        _check_no_filter(request)
        with self._lock:
            matching = [version.metadata for version in reversed(self._secret(request.parent).versions)]
        versions, token = page(matching, request)
        return types.ListSecretVersionsResponse.pb()(versions=versions, next_page_token=token, total_size=len(matching))

    def _access(self, request: Any) -> Any:
        if request.name.rpartition("/versions/")[0] in self.denied:
            text = f"Permission 'secretmanager.versions.access' denied for resource '{request.name}' (or it may not exist)."
            raise Refused("PERMISSION_DENIED", text)
        with self._lock:
            version = self._version(request.name)
            state = _STATES(version.metadata.state)
        if state != _STATES.ENABLED:
            raise Refused("FAILED_PRECONDITION", f"Secret Version [{version.metadata.name}] is in {state.name} state.")
        payload = {"data": version.data, "data_crc32c": google_crc32c.value(version.data)}
        return types.AccessSecretVersionResponse.pb()(name=version.metadata.name, payload=payload)

    def _set_state(self, request: Any, state: Any) -> Any:
        with self._lock:
            version = self._version(request.name)
            if version.metadata.state == _STATES.DESTROYED:
                raise Refused("FAILED_PRECONDITION", f"Secret Version [{version.metadata.name}] is in DESTROYED state.")
            version.metadata.state = state
            if state == _STATES.DESTROYED:
                version.metadata.destroy_time.FromMicroseconds(self._now())
        return version.metadata

    def _secret(self, name: str) -> _Secret:
        if name not in self._secrets:
            raise Refused("NOT_FOUND", f"Secret [{name}] not found.")
        return self._secrets[name]

    def _version(self, name: str) -> _Version:
        """Return a version by its number; `latest` is the newest in any state. Raises Refused."""
        secret, _, version = name.rpartition("/versions/")
        versions = self._secrets[secret].versions if secret in self._secrets else []
        if not versions:
            raise Refused("NOT_FOUND", f"Secret [{secret}] not found or has no versions.")
        number = len(versions) if version == "latest" else int(version) if version.isdecimal() else 0
        if not 1 <= number <= len(versions):
            raise Refused("NOT_FOUND", f"Secret Version [{name}] not found.")
        return versions[number - 1]

    def _now(self) -> int:
        return int(self._clock() * 1e6)


def _check_no_filter(request: Any) -> None:
    if request.filter:
        raise Refused("UNIMPLEMENTED", "The fake does not support filters.")
