"""Root credentials of the emulator for local deployments: generated per state folder, readable by its owner only."""

import secrets
import string
from pathlib import Path
from typing import NamedTuple

import filelock

from runtimes.local.state_folder import make_private, read_json, write_private

_NAME = "credentials.json"
_ID_LETTERS = string.ascii_uppercase + "234567"
"""Letters of an access key ID: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html."""


class Credentials(NamedTuple):
    """An access key."""

    access_key_id: str
    secret_access_key: str

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that AWS tools read."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}


NONE = Credentials("none", "none")
"""Not valid anywhere: without any key boto3 would sign with the user's own credentials."""


def read(state: Path) -> Credentials:
    """Return the folder's credentials; NONE if none exist yet."""
    content = read_json(state / _NAME)
    try:
        return Credentials(str(content["access_key_id"]), str(content["secret_access_key"]))
    except KeyError:
        return NONE


def ensure(state: Path) -> Credentials:
    """Return the folder's credentials; the first call creates them."""
    make_private(state)
    with filelock.FileLock(state / f"{_NAME}.lock", mode=0o600):
        if (credentials := read(state)) == NONE:
            key = "AKIA" + "".join(secrets.choice(_ID_LETTERS) for _ in range(16))
            credentials = Credentials(key, secrets.token_urlsafe(30))
            write_private(state / _NAME, credentials._asdict())
    return credentials
