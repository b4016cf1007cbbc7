"""Signs POST requests whose body is in memory with AWS Signature Version 4, using the standard library only.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple

_ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    """The keys that sign a request."""

    access_key: str
    secret_key: str
    session_token: str = ""
    """Empty for a user's long-term keys; a Lambda function's keys always have a token."""

    def __repr__(self) -> str:
        """Leave out the secret key and the token: a repr ends up in tracebacks."""
        return f"Credentials({self.access_key!r})"


class Scope(NamedTuple):
    """The region and service that a signature is valid for."""

    region: str
    service: str


def sign(
    path: str, headers: Mapping[str, str], body: bytes, credentials: Credentials, scope: Scope, timestamp: str
) -> dict[str, str]:
    """Return the headers with `x-amz-date`, the session token and `authorization`; all headers are signed.

    `path` is already quoted and has no query, `headers` have lower-case names without space around their values and
    include `host`, `timestamp` is UTC as `YYYYMMDDTHHMMSSZ`.
    """
    signed_headers = {**headers, "x-amz-date": timestamp}
    if credentials.session_token:
        signed_headers["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(signed_headers))
    fields = "".join(f"{name}:{signed_headers[name]}\n" for name in sorted(signed_headers))
    canonical = f"POST\n{path}\n\n{fields}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    valid = f"{timestamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    text = f"{_ALGORITHM}\n{timestamp}\n{valid}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in valid.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    signed_headers["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{valid}, SignedHeaders={names}, Signature={signature}"
    )
    return signed_headers
