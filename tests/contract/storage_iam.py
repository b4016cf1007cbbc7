"""A caller of Cloud Storage with grants on one bucket, in front of an emulator that checks none.

An object that does not exist is 403, not 404, for a caller without storage.objects.list on the bucket:
https://github.com/googleapis/google-api-php-client/issues/1791
"""

import json
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import requests

_PERMISSIONS = {
    "roles/storage.legacyBucketReader": {"list", "bucket"},
    "roles/storage.objectUser": {"get", "create", "delete", "list"},
}
"""https://cloud.google.com/storage/docs/access-control/iam-roles"""
_STARTS = re.compile(
    r'(resource\.name|api\.getAttribute\("storage\.googleapis\.com/objectListPrefix", ""\))\.startsWith\("([^"]*)"\)'
)


class Grant(NamedTuple):
    """A role, and the condition under which the caller has it; empty: always."""

    role: str
    condition: str = ""

    def gives(self, permission: str, resource: str, prefix: str) -> bool:
        """Whether it gives a permission on a resource; `prefix` is that of a listing, else empty."""
        if permission not in _PERMISSIONS[self.role]:
            return False
        if not self.condition:
            return True
        terms = [_STARTS.fullmatch(term) for term in self.condition.split(" || ")]
        assert all(terms), self.condition
        return any((resource if term[1] == "resource.name" else prefix).startswith(term[2]) for term in terms if term)


class GrantedSession(requests.Session):
    """A session whose requests are refused as Cloud Storage does for a caller with these grants on a bucket."""

    def __init__(self, bucket: str, *grants: Grant) -> None:
        super().__init__()
        self._bucket = f"projects/_/buckets/{bucket}"
        self._grants = grants

    def request(self, method: str | bytes, url: str | bytes, *arguments: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send what is allowed. An overwrite needs the permission to delete."""
        parts = urlsplit(str(url))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path, errors="strict")
        key = path.partition("/o/")[2] or self._uploaded(query, options.get("data"))
        if not key:
            prefix = query.get("prefix", "")
            allowed = (
                self._may("list", self._bucket, prefix) if path.endswith("/o") else self._may("bucket", self._bucket)
            )
            return super().request(method, url, *arguments, **options) if allowed else _denied(method, url)
        resource = f"{self._bucket}/objects/{key}"
        if not self._may("get" if method == "GET" else "create", resource):
            return _denied(method, url)
        response = super().request(method, url, *arguments, **options)
        if response.status_code == 404 and not self._may("list", self._bucket):
            return _denied(method, url)
        return response

    def _may(self, permission: str, resource: str, prefix: str = "") -> bool:
        return any(grant.gives(permission, resource, prefix) for grant in self._grants)

    @staticmethod
    def _uploaded(query: dict[str, str], data: Any) -> str:
        """The name in the metadata of a multipart upload."""
        if query.get("uploadType") != "multipart":
            return ""
        head = data.read() if hasattr(data, "read") else data
        found = re.search(rb'"name": "((?:[^"\\]|\\.)*)"', head)
        assert found
        return str(json.loads(b'"' + found[1] + b'"'))


def _denied(method: str | bytes, url: str | bytes) -> requests.Response:
    response = requests.Response()
    response.request = requests.Request(method, url).prepare()  # Google's client names it in its exception
    response.status_code = 403
    response._content = json.dumps({"error": {"code": 403, "message": "storage.objects.get denied"}}).encode()
    response.headers["Content-Type"] = "application/json"
    return response
