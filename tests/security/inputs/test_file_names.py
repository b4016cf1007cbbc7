"""Two facts never share a file on a disk that ignores case, and one fact is counted once wherever it was stored before."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.backfill.stored_facts import StoredFacts
from core.metric import Key
from core.record_path import file_name, key_name
from core.stores.directory import DirectoryStore
from tests.builders import NOW, settings, signed, webhook
from tests.unit.warehouse.record_factory import METRICS, content, database, files, record

TAGS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
LONG = "A" * 300


def on_a_disk_that_ignores_case(name: str) -> str:
    """Return what such a disk compares: https://developer.apple.com/support/apple-file-system/ normalizes as well."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold()).rstrip(". ")


@given(TAGS, TAGS)
@example("V1.0", "v1.0")
@example("%56", "V")
@example("a/b", "a%2Fb")
@example("a%2fb", "a%2Fb")
@example("é", "e\u0301")
@example("\u212a", "k")
@example("ß", "SS")
@example(LONG, LONG.lower())
@example(LONG + "b", LONG + "B")
def test_two_keys_never_have_names_that_differ_only_by_case(one: str, other: str) -> None:
    names = {on_a_disk_that_ignores_case(f"{file_name(Key((text,)))}.json") for text in (one, other)}
    assert len(names) == len({one, other})


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789.-_+~/@é ", min_size=1, max_size=300))
def test_a_key_without_capitals_keeps_its_name(text: str) -> None:
    name = key_name(Key((text,)))
    if name.partition(".")[0] not in {"con", "prn", "aux", "nul"}:
        assert file_name(Key((text,))) == name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("v1.2.3", "v1.2.3"),
        ("V1.2.3", "%561.2.3"),
        ("v1.0.0-RC.1", "v1.0.0-%52%43.1"),
        ("pkg/V1.0.0", "pkg%2F%561.0.0"),
        ("aux", "%61ux"),
        ("con.1", "%63on.1"),
        ("CON", "%43%4F%4E"),
        ("com1.2", "%63om1.2"),
        ("auxiliary", "auxiliary"),
        ("1.0. ", "1.0.%20"),
    ],
)
def test_the_names_of_files(tag: str, name: str) -> None:
    assert file_name(Key((tag,))) == name


def test_the_file_alone_is_called_otherwise_and_the_records_id_stays() -> None:
    created = record("release-versions", ref="v1.2.3-RC.1")
    assert created.path.endswith("/release-versions/v1.2.3-%52%43.1.json")
    assert created.event.id.endswith("/release-versions/v1.2.3-RC.1")


def test_tags_that_differ_only_by_case_are_two_facts() -> None:
    pair = [record("release-versions", ref=tag) for tag in ("v1.2.3-RC.1", "v1.2.3-rc.1")]
    assert len({item.path.casefold() for item in pair}) == 2
    with database(files(*pair)) as connection:
        assert connection.execute("SELECT count(*) FROM release_versions").fetchall() == [(2,)]


def test_a_fact_that_was_stored_under_its_earlier_name_is_counted_once() -> None:
    created = record("release-versions", ref="v1.2.3-RC.1")
    earlier = created.path.replace("%52%43", "RC")
    with database({created.path: content(created), earlier: content(created)}) as connection:
        assert connection.execute("SELECT count(*) FROM release_versions").fetchall() == [(1,)]


def test_backfill_knows_a_record_under_its_earlier_name(tmp_path: Path) -> None:
    event = signed("github::create", webhook("create_tag", ref="v1.2.3-RC.1"), received_at=NOW)
    collected = record("release-versions", ref="v1.2.3-RC.1")
    for name in (collected.path, collected.path.replace("%52%43", "RC")):
        store = DirectoryStore(tmp_path / name.rpartition("/")[2])
        store.write({name: content(collected)}, "one")
        known = StoredFacts(store, settings(), [f"{collected.event.owner}/{collected.event.repo}"])
        assert not known.lacks_record(METRICS["release-versions"], event)


@pytest.mark.parametrize("metric", ["release-versions", "tooling-usage", "check-suite"])
@pytest.mark.parametrize("known", [True, False])
def test_a_repository_that_is_spelt_in_another_case_is_the_same(metric: str, known: bool) -> None:  # noqa: FBT001
    created = record(metric)
    if not known:
        created = created._replace(event=created.event._replace(repository_id=None))
    event = created.event
    owner, repo = event.owner.upper(), event.repo.upper()
    id = event.id.replace(f"{event.owner}/{event.repo}", f"{owner}/{repo}", 1)
    path = created.path.replace(f"{event.owner}/{event.repo}", f"{owner}/{repo}", 1)
    other = created._replace(path=path, event=event._replace(owner=owner, repo=repo, id=id))
    assert other.path != created.path
    with database(files(created, other)) as connection:
        table = metric.replace("-", "_")
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(1,)]  # noqa: S608 (our own name)
