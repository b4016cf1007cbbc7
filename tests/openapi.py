"""GitHub's own OpenAPI description (`@octokit/openapi`): is this a request, is this an answer, that GitHub knows?"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from jsonschema import ValidationError, validators
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource

from tests.conftest import NPM

_FILE = NPM / "@octokit" / "openapi" / "generated" / "api.github.com.json"
_RANGES = frozenset({"created"})
"""A span of two times in the syntax of GitHub's search, says the text; the schema knows one time only:
https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository"""
_PARAMETER = re.compile(r"\{(\w+)\}")


class Operation(NamedTuple):
    """One operation of the description, and where in it it stands."""

    template: str
    data: dict[str, Any]
    path: tuple[str, ...]


def check_request(method: str, path: str, query: dict[str, str], body: bytes = b"") -> Operation:
    """The operation that this is; AssertionError if there is none, or if a parameter or the body is not its own."""
    operation = _operation(method, path)
    parameters = [_resolve(*operation.path, "parameters", n) for n in range(len(operation.data.get("parameters", [])))]
    known = {parameter.data["name"]: parameter.data for parameter in parameters}
    places = {parameter.data["name"]: parameter.path for parameter in parameters}
    for name, value in query.items():
        assert known.get(name, {}).get("in") == "query", f"{method} {operation.template} has no parameter {name}"
        for part in value.split("..") if name in _RANGES else [value]:
            _validate((*places[name], "schema"), _typed(part, known[name]["schema"]), f"{name}={part}")
    for name, schema in known.items():
        assert schema["in"] != "query" or not schema.get("required") or name in query, f"{name} is required"
    _check_body(operation, method, body)
    return operation


def _check_body(operation: Operation, method: str, body: bytes) -> None:
    what = f"{method} {operation.template}"
    if "requestBody" not in operation.data:
        assert not body, f"{what} has no body"
        return
    if body or operation.data["requestBody"].get("required"):
        steps = (*operation.path, "requestBody", "content", "application/json", "schema")
        known = set(_resolve(*steps).data.get("properties", ()))
        value = json.loads(body or b"null")
        assert set(value) <= known, f"{what}: {sorted(set(value) - known)}"
        _validate(steps, value, what)


def check_response(method: str, path: str, status: int, body: bytes) -> None:
    """AssertionError if this is no JSON answer of the operation.

    GitHub describes only some of the errors of each operation; the others have the same basic shape.
    """
    operation = _operation(method, path)
    value, what = json.loads(body), f"{method} {operation.template} {status}"
    if str(status) in operation.data["responses"]:
        _validate((*operation.path, "responses", str(status), "content", "application/json", "schema"), value, what)
        return
    assert status >= 300, f"{what} is no answer"
    _validate(("components", "schemas", "basic-error"), value, what)


def check_webhook(event: str, action: str | None, payload: dict[str, Any]) -> None:
    """AssertionError if GitHub would not send this."""
    name = f"{event}-{action}" if action else event
    steps = ("x-webhooks", name.replace("_", "-"), "post", "requestBody", "content", "application/json", "schema")
    _validate(steps, payload, name)


def _operation(method: str, path: str) -> Operation:
    """By the template with the most literal segments. `/repositories/ID/…` is undocumented: `/repos/…` by id."""
    plain = re.sub(r"^/repositories/\d+(?=/|$)", "/repos/owner/repo", path)
    plain = re.sub(r"/contents$", "/contents/root", plain)  # "If you omit the path parameter": the root directory
    templates = [template for template, pattern in _templates() if pattern.fullmatch(plain)]
    assert templates, f"{path} is no path of GitHub's"
    fewest = min(len(_PARAMETER.findall(template)) for template in templates)
    best = [template for template in templates if len(_PARAMETER.findall(template)) == fewest]
    assert len(best) == 1, f"{path} is any of {best}"
    operations = _description()["paths"][best[0]]
    assert method.lower() in operations, f"{best[0]} has no {method}"
    return Operation(best[0], operations[method.lower()], ("paths", best[0], method.lower()))


@cache
def _description() -> dict[str, Any]:
    description: dict[str, Any] = json.loads(_FILE.read_bytes())
    return description


@cache
def _templates() -> list[tuple[str, re.Pattern[str]]]:
    return [(template, _pattern(template, item)) for template, item in _description()["paths"].items()]


def _pattern(template: str, item: dict[str, Any]) -> re.Pattern[str]:
    """Of a template; a parameter that GitHub marks so holds slashes."""
    parameters = [parameter for operation in item.values() for parameter in operation.get("parameters", [])]
    long = {parameter["name"] for parameter in parameters if parameter.get("x-multi-segment")}
    long |= (
        {"ref"} if "/git/ref" in template or "/git/matching-refs" in template else set()
    )  # its own examples say `heads/featureA`
    parts = _PARAMETER.split(template)
    between = [re.escape(part) if n % 2 == 0 else ".+" if part in long else "[^/]+" for n, part in enumerate(parts)]
    return re.compile("".join(between))


class _Node(NamedTuple):
    data: Any
    path: tuple[str | int, ...]


def _resolve(*steps: str | int) -> _Node:
    """What stands at this place, and where that really is once every `$ref` on the way was followed."""
    node = _Node(_description(), ())
    for step in steps:
        node = _dereference(_Node(node.data[step], (*node.path, step)))
    return node


def _dereference(node: _Node) -> _Node:
    if isinstance(node.data, dict) and isinstance(node.data.get("$ref"), str):
        return _resolve(*node.data["$ref"].removeprefix("#/").split("/"))
    return node


def _typed(value: str, schema: dict[str, Any]) -> Any:
    """A query parameter's text as its schema wants it, where it can be that."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


_NAME = "urn:github"


@cache
def _registry() -> "Registry[Any]":
    return Registry[Any]().with_resource(_NAME, Resource.opaque(_description()))


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or (bool(urlsplit(value).scheme) and not re.search(r"[\s<>\"{}|\\^`]", value))


def _one_of(validator: Any, choices: Any, instance: Any, schema: dict[str, Any]) -> Iterator[ValidationError]:
    """As it is meant: `nullable` also without a `type`, and the `discriminator` of a list is only a hint.

    A choice that takes anything, as `repository-rule-violation-error` does, does not make another one wrong.
    """
    if instance is None and schema.get("nullable"):
        return
    telling = [choice for choice in choices if not validator.evolve(schema=choice).is_valid({})]
    if len(telling) < len(choices):
        fitting = sum(validator.evolve(schema=choice).is_valid(instance) for choice in telling or choices)
        if fitting == 1 or (fitting and not telling):
            return
    plain = {key: value for key, value in schema.items() if key != "discriminator"}
    yield from OAS30Validator.VALIDATORS["oneOf"](validator, choices, instance, plain)


_Validator = validators.extend(OAS30Validator, {"oneOf": _one_of})
_FORMATS = oas30_format_checker
_FORMATS.checks("uri")(_is_uri)  # there is no check of this format without a further package


def _validate(steps: tuple[str | int, ...], value: Any, what: str) -> None:
    pointer = "/".join(quote(str(step).replace("~", "~0").replace("/", "~1")) for step in _resolve(*steps).path)
    validator = _Validator({"$ref": f"{_NAME}#/{pointer}"}, registry=_registry(), format_checker=_FORMATS)
    problems = [problem for error in validator.iter_errors(value) for problem in _messages(error)]
    assert not problems, f"{what}: {problems}"


def _messages(error: ValidationError) -> list[str]:
    """What is wrong, also inside of each choice."""
    inner = [problem for cause in error.context or () for problem in _messages(cause)]
    return [f"{error.json_path}: {error.message[:200]}", *inner]
