"""A GitHub made of dicts, and the short way from a payload to its record."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.collect_metrics import collect
from core.events import Record
from core.metric import Metric
from core.metric import applies_to as wanted_by
from core.payload import Json
from core.webhook_settings import WebhookSettings
from tests.builders import processing, signed

Listed = list[Any] | Exception
Content = bytes | Exception | None


class FakeGitHub:
    """Implements core.ports.GitHubReader; fails loudly on a request that it does not know.

    `lists` is path -> items; an exception among the items, or in their place, is raised when it is reached.
    `objects` is path and query -> object, or an exception.
    `queries` is the name of a GraphQL operation -> its data, or an exception.
    `files` is (owner, repo, path, ref) -> content, None (no such file) or an exception.
    """

    def __init__(
        self,
        lists: Mapping[str, Listed] | None = None,
        files: Mapping[tuple[str, str, str, str | None], Content] | None = None,
        objects: Mapping[str, Json | Exception] | None = None,
        queries: Mapping[str, Json | Exception] | None = None,
    ) -> None:
        self.lists = lists or {}
        self.files = files or {}
        self.objects = objects or {}
        self.queries = queries or {}
        self.asked: list[Any] = []
        """Every request, in order: `(path, params)` of a list, the path of an object, the file's four parts of a file,
        `(operation, variables)` of a query."""

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        self.asked.append((path, dict(params or {})))
        assert path in self.lists, f"unknown list {path}"
        listed = self.lists[path]
        for item in [listed] if isinstance(listed, Exception) else listed:
            if isinstance(item, Exception):
                raise item
            yield item

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        query = dict(params or {})
        number = int(query.pop("page", "1"))
        self.asked.append((path, query) if number == 1 else (path, {**query, "page": str(number)}))
        assert path in self.lists, f"unknown list {path}"
        listed = self.lists[path]
        items = [listed] if isinstance(listed, Exception) else listed[(number - 1) * 100 : number * 100]
        for item in items:
            if isinstance(item, Exception):
                raise item
        return items, {**query, "page": str(number + 1)} if len(
            listed if isinstance(listed, list) else []
        ) > number * 100 else None

    def object(self, path: str) -> Json:
        self.asked.append(path)
        assert path in self.objects, f"unknown object {path}"
        value = self.objects[path]
        if isinstance(value, Exception):
            raise value
        return value

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        operation = query.split()[1].partition("(")[0]
        self.asked.append((operation, dict(variables)))
        assert operation in self.queries, f"unknown query {operation}"
        value = self.queries[operation]
        if isinstance(value, Exception):
            raise value
        return value

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        request = (owner, repo, path, ref)
        self.asked.append(request)
        assert request in self.files, f"unknown file {request}"
        content = self.files[request]
        if isinstance(content, Exception):
            raise content
        return content


def wants(metric: Metric, payload: Json, **settings: str) -> bool:
    """Whether the metric wants this payload of its trigger, by these settings."""
    return wanted_by(metric, signed(metric.trigger, payload), WebhookSettings(**settings))


def recorded(metric: Metric, payload: Json, github: FakeGitHub | None = None, **fields: Any) -> Record:
    """The metric's record of a payload; without a `github`, any read fails the test."""
    options = {name: fields.pop(name) for name in ("incident_labels", "exempt_labels") if name in fields}
    event = signed(metric.trigger, payload, **fields)
    services = processing(None, github or FakeGitHub(), **options)
    assert wanted_by(metric, event, services.settings)
    return collect(metric, event, services)


def output(metric: Metric, payload: Json, github: FakeGitHub | None = None, **fields: Any) -> Json:
    """Only the record's output."""
    return recorded(metric, payload, github, **fields).event.output
