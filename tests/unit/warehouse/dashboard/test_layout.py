"""Which data is on which page, in little room, as that of a large organisation is in a page."""

from collections import Counter
from functools import cache
from itertools import chain
from typing import Any

import pytest

from tests.dashboard_data import PageData, stream_data
from tests.unit.warehouse.huge_report import huge, huge_evidence
from tests.unit.warehouse.sample_report import MEASURES, empty, evidence, periods, report
from warehouse.dashboard.layout import PAGE_NAME, Layout, _name
from warehouse.report.model import Evidence, Report

ROOM = 120_000
EVIDENCE = 8_000
WEEKS = [period.name for period in periods() if period.kind == "week"]


@cache
def spread_evidence() -> tuple[Evidence, ...]:
    """Evidence of three services, from today back over months."""
    items = huge_evidence(EVIDENCE)
    return tuple(
        item._replace(service=f"service-{index % 3:04}", at=(item.at or 0) - index * 1_200_000)
        for index, item in enumerate(items)
    )


@cache
def of_size(services: int, repositories: int, room: int = ROOM, folder: str = "pages/") -> Layout:
    return Layout(huge(services, repositories), spread_evidence(), room, folder=folder)


@cache
def laid_out(services: int, repositories: int, room: int = ROOM) -> tuple[Report, PageData, dict[str, PageData]]:
    """A report, the data of its main page, and that of the pages of services by name."""
    layout = of_size(services, repositories, room)
    streams = dict(layout.service_pages("my report.html"))
    assert max(map(len, (layout.main(), *streams.values()))) <= room
    return (
        huge(services, repositories),
        stream_data(layout.main()),
        {name: stream_data(of) for name, of in streams.items()},
    )


def keys(data: PageData) -> Counter[tuple[Any, ...]]:
    return Counter((row["measure"], row["service"], row["item"], row["at"]) for row in data.evidence)


SIZES = [(15, 6), (100, 0), (60, 1)]


@pytest.mark.unmeasured
@pytest.mark.parametrize("size", SIZES)
def test_every_number_and_item_is_on_some_page(size: tuple[int, int]) -> None:
    full, main, pages = laid_out(*size)
    everywhere = set(chain(main.numbers, *(page.numbers for page in pages.values())))
    assert everywhere == {number[:6] for number in full.numbers}
    found = sum((keys(page) for page in pages.values()), Counter())
    assert found == Counter((item.measure, item.service, item.item, item.at) for item in spread_evidence())


@pytest.mark.unmeasured
@pytest.mark.parametrize("size", SIZES)
def test_what_a_page_leaves_out_is_counted_by_service(size: tuple[int, int]) -> None:
    full, main, pages = laid_out(*size)
    wanted = {number[:6] for number in full.numbers}
    for data, of in (
        (main, wanted),
        *((page, {key for key in wanted if key[1] == page.head["service"]}) for page in pages.values()),
    ):
        missing = Counter(key[1] for key in of - set(data.numbers))
        items = Counter(item.service for item in spread_evidence() if data.head["service"] in (None, item.service))
        items.subtract(row["service"] for row in data.evidence)
        omitted = data.head["omitted_of"]
        assert {service: counts[0] for service, counts in omitted.items() if counts[0]} == dict(missing)
        assert {service: counts[1] for service, counts in omitted.items() if counts[1]} == {
            name: count for name, count in items.items() if count
        }
        assert data.head["omitted"]["numbers"] == missing.total()
        assert data.head["omitted"]["evidence"] == sum(items.values())


@pytest.mark.unmeasured
def test_services_and_their_recent_numbers_come_first() -> None:
    _, main, _ = laid_out(100, 0, 200_000)
    dora = {measure.name for measure in MEASURES if measure.is_dora}
    services = Counter(key[1] for key in main.numbers if key[0] in dora and key[5] == WEEKS[-2])
    assert services == {f"service-{index:04}": len(dora) for index in range(100)}
    assert main.head["omitted"]["numbers"] > 0


@pytest.mark.unmeasured
def test_of_very_many_services_some_are_only_on_their_pages() -> None:
    full, main, pages = laid_out(60, 1, 20_000)
    shown = {key[1] for key in main.numbers}
    assert main.head["omitted"]["services"] == 60 - len(shown) > 0
    linked = {service for service, _ in main.head["pages"]}
    assert linked == {number.service for number in full.numbers}
    assert {page.head["service"] for page in pages.values()} == linked


@pytest.mark.unmeasured
def test_evidence_has_reserved_room_beside_many_numbers() -> None:
    _, main, _ = laid_out(100, 0)
    assert main.evidence
    assert max(row["at"] for row in main.evidence) == spread_evidence()[0].at


@pytest.mark.unmeasured
def test_links_lead_to_pages_that_exist_and_say_when_their_evidence_is() -> None:
    _, main, pages = laid_out(60, 1, 20_000)
    entries = [entry for _, of in main.head["pages"] for entry in of]
    assert [href for href, *_ in entries] == [f"pages/{name}" for name in pages]
    assert any(name.endswith("-2.html") for name in pages)
    for (_, oldest, newest), data in zip(entries, pages.values(), strict=True):
        times = [row["at"] for row in data.evidence]
        assert (oldest, newest) == ((min(times), max(times)) if times else (None, None))
    for name, data in pages.items():
        assert PAGE_NAME.fullmatch(name)
        assert data.head["main_page"] == "../my%20report.html"
        assert data.head["this_page"] == name
        [(service, own)] = data.head["pages"]
        assert service == data.head["service"]
        assert name in [href for href, *_ in own]
        assert set(pages) >= {href for href, *_ in own}


@pytest.mark.unmeasured
def test_older_pages_repeat_the_numbers_of_the_whole_service() -> None:
    _, _, pages = laid_out(60, 1, 20_000)
    for name, data in pages.items():
        if name.endswith("-2.html"):
            weeks = {key[5] for key in data.numbers if not key[2] and key[4] == "week"}
            assert WEEKS[-1] in weeks


def test_what_fits_into_one_page_has_no_other() -> None:
    layout = Layout(report(), evidence(), 10**6, folder="pages/")
    assert list(layout.service_pages("x.html")) == []
    assert stream_data(layout.main()).head["pages"] == []


@pytest.mark.unmeasured
def test_without_a_folder_there_is_only_the_main_page() -> None:
    layout = of_size(15, 6, folder="")
    assert list(layout.service_pages("x.html")) == []
    assert stream_data(layout.main()).head["omitted"]["numbers"] > 0


@pytest.mark.parametrize("room", range(15_000, 90_000, 15_000))
def test_the_data_fits_into_any_sufficient_room(room: int) -> None:
    layout = Layout(report(), evidence(), room, folder="pages/")
    streams = [layout.main(), *(data for _, data in layout.service_pages("x.html"))]
    assert max(map(len, streams)) <= room


def test_an_empty_report_has_one_page() -> None:
    layout = Layout(empty(), (), 10**6, folder="pages/")
    assert (list(layout.service_pages("x.html")), stream_data(layout.main()).numbers) == ([], {})


NAMES = [
    "Payments",
    "payments",
    "PAYMENTS",
    "CON",
    "con.",
    "..",
    "/",
    "a/b",
    "a\\b",
    "",
    "é",
    "e\u0301",
    "💳" * 300,
    "x" * 600,
    "\ud800",
    "a:b",
    " ",
]


def test_file_names_are_safe_and_differ_even_without_case() -> None:
    names = [_name(name, number) for name in NAMES for number in (1, 2)]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(PAGE_NAME.fullmatch(name) and len(name) < 100 and not name.startswith(".") for name in names)
