"""Gives MiniStack one root account, whose key is made for this emulator. Run by the emulator's own Python.

MiniStack 1.5.33 takes the access keys `test`, the empty one and every account's number as root, next to the one in
AWS_ACCESS_KEY_ID, and checks the signature of none of them. And it derives the session keys of a deployed function from the
names of the function and its role, which everybody knows. Where MiniStack's insides are not those of that version, the
emulator does not start: it would be open.
"""

import hashlib
import hmac
import os
import sys


def require() -> None:
    """Take the key of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY as the only root, and check its signatures."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not key or not secret:
        sys.exit("a strict emulator needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    try:
        from ministack.core import iam_evaluator, lambda_runtime  # noqa: PLC0415 (of the emulator's environment)

        _ = (iam_evaluator.is_root_access_key, iam_evaluator._is_root_key, lambda_runtime.execution_credentials)  # noqa: SLF001
    except (ImportError, AttributeError) as error:
        sys.exit(f"this MiniStack cannot be given credentials of its own: {error}")

    def is_root(access_key_id: str) -> bool:
        return hmac.compare_digest(access_key_id.encode(), key.encode())

    def signature_is_never_checked(_: str) -> bool:
        return False

    iam_evaluator.is_root_access_key = is_root
    iam_evaluator._is_root_key = signature_is_never_checked  # noqa: SLF001 (it says whose signatures are not checked)
    lambda_runtime.execution_credentials = _execution_credentials(secret)
    _answer_where_there_is_no_route()


def _answer_where_there_is_no_route() -> None:
    """Let an HTTP API answer 404 to a request that no route takes, which has no signature either: the empty key was root for it."""
    from ministack import app  # noqa: PLC0415 (after the root is known)

    authorization_type = app._execute_api_authorization_type  # noqa: SLF001 (there is no other way in)

    def authorization_type_or_none(*request: str) -> str:
        return authorization_type(*request) or "NONE"

    app._execute_api_authorization_type = authorization_type_or_none  # noqa: SLF001 (likewise)


def _execution_credentials(root_secret: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Return a function's session, of keys that only the root's secret yields: the same after a restart."""
    from ministack.services import sts  # noqa: PLC0415 (of the emulator's environment)

    def credentials(config: dict[str, str]) -> dict[str, str]:
        function, role = config["FunctionArn"], config.get("Role", "")
        account, role_name = function.split(":")[4], role.rsplit("/", 1)[-1]
        name = config.get("FunctionName", "ministack-lambda")[:64]

        def derived(purpose: str) -> str:
            return hmac.new(root_secret.encode(), f"{purpose}:{function}:{role}".encode(), hashlib.sha256).hexdigest()

        session = {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{name}",
            "UserId": f"{role_name}:{name}",
            "SecretAccessKey": derived("secret"),
            "SessionToken": derived("token"),
        }
        key = f"ASIA{derived('key')[:16].upper()}"
        sts.register_session(key, session)
        return {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    return credentials
