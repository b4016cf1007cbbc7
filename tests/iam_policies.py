"""Decide by a policy as AWS does, for what no emulator enforces: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html."""

import re
from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]


def allows(document: Document, action: str, resource: str = "*", **keys: str) -> bool:
    """Whether a policy of Allow statements allows a request; `keys` are condition keys with `__` for `:`."""
    context = {name.replace("__", ":"): value for name, value in keys.items()}
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        if (
            any(_like(action.lower(), name.lower()) for name in statement["Action"])
            and any(_like(resource, arn) for arn in statement["Resource"])
            and all(_met(*condition, context) for condition in statement.get("Condition", {}).items())
        ):
            return True
    return False


def _like(value: str, pattern: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, value) is not None


def _met(operator: str, keys: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """All keys of an operator must match, each one of its values; a key that the request lacks does not match."""
    compare = {"StringEquals": str.__eq__, "StringLike": _like, "ArnLike": _like}[operator]
    return all(
        key in context
        and any(compare(context[key], value) for value in ([values] if isinstance(values, str) else values))
        for key, values in keys.items()
    )
