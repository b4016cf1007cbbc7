"""Gives MiniStack one root account with a key generated for this emulator. Runs in the emulator's own Python.

MiniStack 1.5.33 accepts the access keys `test`, the empty key and every account number as root, besides the key in
AWS_ACCESS_KEY_ID, and does not check their signatures. It also derives the session keys of a deployed function from the
names of the function and its role, which are not secret. If MiniStack's internals differ from that version, the emulator
does not start, because it would be open.
"""

import hashlib
import hmac
import os
import sys


def require() -> None:
    """Make the key of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY the only root key, and check its signatures."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not key or not secret:
        sys.exit("a strict emulator needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    try:
        from ministack.core import iam_evaluator, lambda_runtime  # noqa: PLC0415 (installed in the emulator's environment only)

        _ = (iam_evaluator.is_root_access_key, iam_evaluator._is_root_key, lambda_runtime.execution_credentials)  # noqa: SLF001
    except (ImportError, AttributeError) as error:
        sys.exit(f"this MiniStack cannot be given credentials of its own: {error}")

    def is_root(access_key_id: str) -> bool:
        return hmac.compare_digest(access_key_id.encode(), key.encode())

    def signature_is_never_checked(_: str) -> bool:
        return False

    iam_evaluator.is_root_access_key = is_root
    iam_evaluator._is_root_key = signature_is_never_checked  # noqa: SLF001 (the list of keys whose signatures are not checked)
    lambda_runtime.execution_credentials = _execution_credentials(secret)
    _answer_where_there_is_no_route()


def _answer_where_there_is_no_route() -> None:
    """Let an HTTP API answer 404 to an unsigned request without a route, which MiniStack treats as signed by the empty root key."""
    from ministack import app  # noqa: PLC0415 (after the root key is set)

    authorization_type = app._execute_api_authorization_type  # noqa: SLF001 (there is no public hook)

    def authorization_type_or_none(*request: str) -> str:
        return authorization_type(*request) or "NONE"

    app._execute_api_authorization_type = authorization_type_or_none  # noqa: SLF001 (there is no public hook)


def _execution_credentials(root_secret: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Return a function that derives session keys from the root's secret; they are the same after a restart."""
    from ministack.services import sts  # noqa: PLC0415 (installed in the emulator's environment only)

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
