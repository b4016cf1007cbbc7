"""What every metric keeps to, whichever it is: a new one is held to all of this by being there."""

import ast
import copy
import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import chain, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest

import core.metrics
from core.collect_metrics import collect
from core.discovery import discover
from core.errors import MalformedPayload
from core.events import plain
from core.metric import Metric, applies_to
from core.metrics import all_metrics, by_trigger
from core.payload import Json
from core.record_file import to_json
from tests.builders import WEBHOOKS, processing, signed, webhook

EVERY_METRIC = pytest.mark.parametrize("metric", all_metrics(), ids=lambda metric: metric.name)
LINK = re.compile(r"://|\bwww\.")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]")


class EmptyGitHub:
    """A GitHub that knows every list, comparison and file, and has nothing in any of them."""

    def pages(self, _path: str, _params: Mapping[str, str] | None = None) -> Iterator[Json]:
        return iter(())

    def page(self, _path: str, _params: Mapping[str, str] | None = None) -> tuple[list[Json], None]:
        return [], None

    def object(self, _path: str) -> Json:
        return {"status": "identical", "total_commits": 0, "commits": []}

    def graphql(self, _query: str, _variables: Mapping[str, str | int]) -> Json:
        return {"repository": {"pullRequest": {}, "tag": {"name": "v1.2.3"}}}

    def file(self, _owner: str, _repo: str, _path: str, _ref: str | None = None) -> bytes | None:
        return b'{"version": "1.0.0"}'


SERVICES = processing(None, EmptyGitHub())


def event_of(stem: str) -> str:
    """The signature of the event that tests/webhooks/STEM.json is a payload of."""
    names = {signature.partition("::")[2].replace("-", "_"): signature for signature in by_trigger()}
    return names[max((name for name in names if f"{stem}_".startswith(f"{name}_")), key=len)]


def stems(metric: Metric | None = None) -> list[str]:
    """The payload files of the metric's event, or of all events."""
    examples = sorted(path.stem for path in WEBHOOKS.glob("*.json"))
    return [stem for stem in examples if metric is None or event_of(stem) == metric.trigger]


def applying(metric: Metric) -> list[Json]:
    """The payloads that the metric applies to."""
    payloads = [webhook(stem) for stem in stems(metric)]
    return [payload for payload in payloads if applies_to(metric, signed(metric.trigger, payload), SERVICES.settings)]


def applies_to_an_empty_payload(metric: Metric) -> bool:
    """Return whether the metric wants every one of its events: then no payload of ours can be ignored."""
    event = signed(metric.trigger, applying(metric)[0])._replace(payload={})
    try:
        return metric.applies(event)
    except MalformedPayload:
        return False


def main_fields(metric: Metric, payload: Json) -> set[str]:
    """Return the object that GitHub names after the event: `issue` in issues, `review` in pull_request_review."""
    event = metric.trigger.partition("::")[2]
    return {event, event.removesuffix("s"), event.rpartition("_")[2]} & {
        field for field, value in payload.items() if isinstance(value, dict)
    }


def is_named_as_malformed(metric: Metric, payload: Json, field: str) -> bool:
    try:
        measure(metric, payload)
    except MalformedPayload as error:
        return str(error).startswith(f"{field}: expected")
    return False


def module_of(metric: Metric) -> ModuleType:
    return importlib.import_module(metric.collect.__module__)


def is_named_tuple(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def named_tuples(kind: Any) -> Iterator[type]:
    """A NamedTuple and those in its fields, at every depth; none for other types."""
    if is_named_tuple(kind):
        yield kind
        inner = get_type_hints(kind).values()
    else:
        inner = get_args(kind)
    for item in inner:
        yield from named_tuples(item)


def documented_fields(kind: type) -> set[str]:
    """The fields that have an attribute docstring in the source."""
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    [body] = [node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == kind.__name__]
    return {
        field.target.id
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and str(text.value.value).strip()
    }


def texts(value: Any) -> Iterator[str]:
    """Every string in JSON, at every depth; not its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        yield from chain.from_iterable(map(texts, value.values() if isinstance(value, dict) else value))


def logins(value: Any) -> Iterator[str]:
    """Every login in a payload, at every depth."""
    if isinstance(value, dict):
        yield from (item for key, item in value.items() if key == "login" and isinstance(item, str))
    if isinstance(value, dict | list):
        yield from chain.from_iterable(map(logins, value.values() if isinstance(value, dict) else value))


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of everything in JSON, at every depth."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def replaced(payload: Json, path: tuple[str | int, ...], value: Any) -> Json:
    """A copy with another value at the path; `...` deletes it."""
    changed: Any = copy.deepcopy(payload)
    target = changed
    for part in path[:-1]:
        target = target[part]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return dict(changed)


def measure(metric: Metric, payload: Json) -> None:
    """All that is done with an event, as far as it goes."""
    event = signed(metric.trigger, payload)
    if applies_to(metric, event, SERVICES.settings):
        to_json(plain(collect(metric, event, SERVICES).event))


def test_there_are_at_least_the_nine() -> None:
    assert {metric.name for metric in all_metrics()} >= {
        *("check-suite", "code-review-involvement", "commits-per-pr", "deployment", "documentation-updated"),
        *("release-versions", "test-coverage", "tooling-usage", "workflow-job"),
    }


def test_no_two_metrics_have_one_name() -> None:
    names = [metric.name for metric in all_metrics()]

    assert sorted(set(names)) == sorted(names)


@EVERY_METRIC
def test_its_name_is_kebab_case_and_that_of_its_module(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", metric.name)
    assert module_of(metric).__name__ == f"core.metrics.{metric.name.replace('-', '_')}"


@EVERY_METRIC
def test_its_trigger_is_a_signature(metric: Metric) -> None:
    assert re.fullmatch(r"(github|deven)::[a-z_-]+", metric.trigger)


@EVERY_METRIC
def test_its_module_says_what_it_is_under_its_name(metric: Metric) -> None:
    assert (module_of(metric).__doc__ or "").startswith(f"{metric.name}: ")


@EVERY_METRIC
def test_its_output_is_a_named_tuple_with_a_docstring_for_every_field(metric: Metric) -> None:
    kinds = list(named_tuples(metric.output))

    assert kinds[:1] == [metric.output]
    assert {kind.__name__: set(kind._fields) - documented_fields(kind) for kind in kinds} == {  # type: ignore[attr-defined]
        kind.__name__: set() for kind in kinds
    }


@EVERY_METRIC
def test_a_sample_payload_applies(metric: Metric) -> None:
    assert applying(metric) != []


@EVERY_METRIC
def test_another_sample_payload_does_not_apply(metric: Metric) -> None:
    if applies_to_an_empty_payload(metric):
        assert len(applying(metric)) == len(stems(metric))
    else:
        assert len(applying(metric)) < len(stems(metric))


@EVERY_METRIC
def test_its_output_survives_json(metric: Metric) -> None:
    for payload in applying(metric):
        event = plain(collect(metric, signed(metric.trigger, payload), SERVICES).event)

        assert json.loads(to_json(event)) == event
        assert set(event["output"]) == set(metric.output._fields)  # type: ignore[attr-defined]


@EVERY_METRIC
def test_a_fact_has_the_same_key_from_every_source(metric: Metric) -> None:
    fields = {"day": "2026-11-20"} if metric.trigger == "deven::tooling-usage" else {}
    for payload in applying(metric):
        one = signed(metric.trigger, payload | fields)
        other = one._replace(received_at=1, delivery_id="another", collected_by="backfill", failed_reads=9)

        assert metric.key(one) == metric.key(other)
        assert collect(metric, one, SERVICES).path == collect(metric, other, SERVICES).path


@EVERY_METRIC
def test_it_says_of_its_key_whether_a_version_is_part_of_it(metric: Metric) -> None:
    keys = [metric.key(signed(metric.trigger, payload)) for payload in applying(metric)]

    assert {bool(key.version) for key in keys} == {metric.versioned}


@EVERY_METRIC
def test_a_metric_declares_whether_its_key_is_unique_in_all_of_github(
    metric: Metric,
) -> None:
    keys = [metric.key(signed(metric.trigger, payload)) for payload in applying(metric)]

    assert {type(key.identity[0]) is int for key in keys} == {not metric.repository_scoped}


@EVERY_METRIC
@pytest.mark.parametrize("value", [None, [], ...], ids=["null", "a list", "missing"])
def test_a_payload_without_its_main_object_names_the_missing_field(metric: Metric, value: Any) -> None:
    payload = applying(metric)[0]
    main = main_fields(metric, payload)

    named = {field for field in payload if is_named_as_malformed(metric, replaced(payload, (field,), value), field)}

    assert named - {"repository", "repo"}
    assert main <= named


@EVERY_METRIC
@pytest.mark.parametrize("value", [None, [], ...], ids=["null", "a list", "missing"])
def test_a_payload_without_a_repository_names_the_missing_field(metric: Metric, value: Any) -> None:
    main = "repo" if metric.trigger.startswith("deven::") else "repository"
    payload = replaced(applying(metric)[0], (main,), value)

    with pytest.raises(MalformedPayload, match=rf"^{main}: expected"):
        measure(metric, payload)


@EVERY_METRIC
@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 2**70, 1.5, "", "x", "9999-12-31T23:59:59-01:00", [], [None], [7], {}, {"id": None}, ...],
    ids=lambda value: "missing" if value is ... else repr(value),
)
def test_any_field_of_any_shape_is_measured_or_malformed_and_nothing_else(metric: Metric, value: Any) -> None:
    unexpected = []
    for payload in applying(metric):
        slimmed = signed(metric.trigger, payload).payload
        for path in places(slimmed):
            try:
                measure(metric, replaced(slimmed, path, value))
            except MalformedPayload:
                pass
            except Exception as error:  # noqa: BLE001 (which ones there are is the question)
                unexpected.append((path, repr(error)))

    assert unexpected == []


@EVERY_METRIC
def test_no_field_holds_a_link_an_address_or_a_login(metric: Metric) -> None:
    for payload in applying(metric):
        people = {login.lower() for login in logins(payload)} | {str(payload.get("owner")).lower()}

        output = list(texts(collect(metric, signed(metric.trigger, payload), SERVICES).event.output))

        assert [text for text in output if LINK.search(text) or EMAIL.search(text) or text.lower() in people] == []


@pytest.mark.parametrize("stem", [stem for stem in stems() if event_of(stem).startswith("github::")])
def test_links_and_addresses_of_payloads_are_removed_before_metrics_run(stem: str) -> None:
    payload = webhook(stem)

    remaining = list(texts(signed(event_of(stem), payload).payload))

    assert any(map(LINK.search, texts(payload)))
    assert any(map(EMAIL.search, texts(payload)))
    assert [text for text in remaining if LINK.search(text) or EMAIL.search(text)] == []


@pytest.fixture
def a_folder_of_metrics(tmp_path: Path) -> Iterator[Path]:
    """One more folder that core.metrics is read from, forgotten afterwards."""
    path = [*core.metrics.__path__]
    known = {name for name in sys.modules if name.startswith("core.metrics.")}
    importlib.invalidate_caches()
    core.metrics.__path__ = [*path, str(tmp_path)]
    yield tmp_path
    core.metrics.__path__ = path
    for name in [name for name in sys.modules if name.startswith("core.metrics.") and name not in known]:
        del sys.modules[name]
        delattr(core.metrics, name.rpartition(".")[2])


TINY = '''"""tiny: counts pushes."""

from typing import NamedTuple

from core.metric import Key, Metric


class Output(NamedTuple):
    """One push."""

    pushes: int
    """One."""


METRIC = Metric("tiny", "github::push", Output, lambda _: True, lambda _: Key((1,)), lambda *_: Output(1))
'''


def test_a_metric_is_added_by_dropping_its_module_into_the_folder(a_folder_of_metrics: Path) -> None:
    (a_folder_of_metrics / "tiny.py").write_text(TINY)

    discovered = discover("core.metrics", "METRIC")

    assert {metric.name for metric in discovered} == {metric.name for metric in all_metrics()} | {"tiny"}


def test_what_is_no_public_module_is_no_metric(a_folder_of_metrics: Path) -> None:
    for name in ("_private.py", "notes.md", "tiny.py.bak", ".hidden.py", "noext"):
        (a_folder_of_metrics / name).write_text("raise AssertionError('imported')")
    (a_folder_of_metrics / "folder").mkdir()

    discovered = discover("core.metrics", "METRIC")

    assert discovered == all_metrics()


def test_metrics_are_in_the_order_of_their_modules() -> None:
    modules = [module_of(metric).__name__ for metric in all_metrics()]

    assert modules == sorted(modules)
