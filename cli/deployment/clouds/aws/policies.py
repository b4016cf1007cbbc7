"""Generates the IAM policies of whoever deploys, plans and operates, and the permissions boundary of all roles.

The source is terraform/aws/permissions.toml: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html says why
whoever creates roles needs a boundary.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

TABLE = Path(__file__).parents[4] / "terraform" / "aws" / "permissions.toml"
POLICIES = ("boundary", "deploy", "deploy-analytics", "operate", "plan")
LIMIT = 6144
"""Characters of a managed policy, without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
DEFAULT_BUCKET = "telemetry-*"
"""Pattern of the names that Terraform gives the store's bucket."""
_STATE = "{state_bucket}"
Document = Mapping[str, Any]
Condition = Mapping[str, Mapping[str, str | list[str]]]


class PolicyScope(NamedTuple):
    """The values that the table's resources leave open."""

    partition: str
    region: str
    account: str
    role_path: str
    boundary: str
    """ARN of the permissions boundary."""
    state_bucket: str
    """Empty: the state is a local file, and no policy names a bucket for it."""
    store_bucket: str = DEFAULT_BUCKET


class Row(NamedTuple):
    """One row of the table."""

    subject: str
    """The resource type, the command or the part of a function that needs it, such as `aws_sqs_queue`."""
    policies: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition
    why: str


class Table(NamedTuple):
    """The whole table."""

    rows: list[Row]
    administrator: Mapping[str, str]
    """Resource types that no policy covers, with the reason."""


def table(path: Path = TABLE) -> Table:
    """Read the table; raises ValueError for a row that names an unknown policy or has another member."""
    content = tomllib.loads(path.read_text())
    administrator = content.pop("administrator", {})
    rows = [
        _row(_subject(section, name), row)
        for section, entries in content.items()
        for name, several in entries.items()
        for row in several
    ]
    return Table(rows, administrator)


def _subject(section: str, name: str) -> str:
    return {"resources": name, "commands": f"telemetry {name}"}.get(section, f"{section}: {name}")


def _row(subject: str, row: Mapping[str, Any]) -> Row:
    unknown = set(row.get("policies", ())) - set(POLICIES) | (
        set(row) - {"policies", "actions", "resources", "condition", "why"}
    )
    if unknown:
        raise ValueError(f"{subject}: unknown {', '.join(sorted(unknown))}")
    policies, actions, resources = (tuple(row[name]) for name in ("policies", "actions", "resources"))
    return Row(subject, policies, actions, resources, row.get("condition", {}), row.get("why", ""))


def documents(scope: PolicyScope, rows: Iterable[Row] | None = None) -> dict[str, Document]:
    """Return the policy documents by name; a policy that exceeds AWS's limit is several, such as `deploy-1` and `deploy-2`."""
    rows = list(table().rows if rows is None else rows)
    by_name: dict[str, Document] = {}
    for policy in POLICIES:
        parts = _parts(_statements(policy, scope, rows))
        names = [policy] if len(parts) == 1 else [f"{policy}-{number}" for number in range(1, len(parts) + 1)]
        by_name |= {name: _document(part) for name, part in zip(names, parts, strict=True)}
    return by_name


def size(document: Document) -> int:
    """Return the characters of a document that count towards AWS's limit."""
    return len(json.dumps(document, separators=(",", ":")))


def _statements(policy: str, scope: PolicyScope, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return a policy's statements: actions on the same resources under the same condition share one."""
    actions: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for row in rows:
        if policy in row.policies and (scope.state_bucket or not any(_STATE in arn for arn in row.resources)):
            resources = tuple(sorted(arn.format_map(scope._asdict()) for arn in row.resources))
            condition = json.dumps(_filled(row.condition, scope), sort_keys=True)
            actions.setdefault((resources, condition), set()).update(row.actions)
    return [
        {"Effect": "Allow", "Action": sorted(names), "Resource": list(resources)}
        | ({"Condition": json.loads(condition)} if condition != "{}" else {})
        for (resources, condition), names in actions.items()
    ]


def _filled(condition: Condition, scope: PolicyScope) -> dict[str, dict[str, str | list[str]]]:
    def value(text: str | list[str]) -> str | list[str]:
        values = scope._asdict()
        return text.format_map(values) if isinstance(text, str) else [item.format_map(values) for item in text]

    return {operator: {key: value(text) for key, text in keys.items()} for operator, keys in condition.items()}


def _parts(statements: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Divide statements into as few documents as fit the limit, in their order."""
    parts: list[list[dict[str, Any]]] = [[]]
    for statement in statements:
        if size(_document([*parts[-1], statement])) > LIMIT:
            parts.append([])
        parts[-1].append(statement)
    return parts


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
