"""The list of records behind a number in headless Chromium: sorted, searched, filtered, followed and saved."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser
from tests.unit.warehouse import sample_report
from tests.unit.warehouse.hostile_report import HOSTILE
from warehouse.dashboard import page
from warehouse.report.links import links
from warehouse.report.model import Evidence, Number, Report

pytestmark = pytest.mark.npm

MANY = 5_000
RECORDS = "https://github.com/octo-org/telemetry-data/blob/main/"
WEEK = next(period for period in sample_report.periods() if period.name == "2026-W47")
VIEW = "#service=checkout&kind=week&period=2026-W47&evidence="
KINDS = ("person", "bot", "agent", "mixed", "unknown")
ROWS = "dialog tbody tr"


def linked(item: Evidence, position: int) -> Evidence:
    """Return an item of the sample with a cohort and everything that it can lead to."""
    return item._replace(
        host="github.com",
        author_kind=KINDS[position % 5],
        assisted=(None, False, True)[position % 3],
        deployment=str(position + 1),
        deployments="statuses",
        sha=f"{position:040x}",
        number=position + 1,
        run=str(position + 10),
        job=str(position + 20) if position % 2 else None,
        tag="api%2Fv1.0" if position % 4 == 0 else None,
        issue=position + 30 if item.why == "rollback" else None,
        issue_repository="octo-org/incidents" if item.why == "rollback" else None,
        certainty="unknown" if item.value is None else "inferred" if position % 7 == 0 else "known",
    )


EVIDENCE = tuple(linked(item, position) for position, item in enumerate(sample_report.evidence()))


def behind(measure: str) -> list[Evidence]:
    """Return the items of the number that `VIEW` lists, newest first."""
    return sample_report.behind(measure, EVIDENCE)


def many() -> tuple[Report, list[Evidence]]:
    """Return a report of one number with many items."""
    names = ("change_lead_time", "checkout", "", "production", "week", "2026-W47")
    items = [
        linked(
            Evidence(
                "change_lead_time", "checkout", "octo-org/checkout-api", "production", WEEK.starts_at + index * 60_000,
                f"{index * 7919:040x}", None if index % 50 == 0 else float(index % 997) * 60_000,
                f"reason {index % 3}" if index % 50 == 0 else None, None, f"octo-org/checkout-api/x/{index}.json",
            ),
            index,
        )
        for index in range(MANY)
    ]  # fmt: skip
    known = sum(item.value is not None for item in items)
    report = sample_report.report()._replace(numbers=(Number(*names, 1.0, known, MANY),), records_url=RECORDS)
    return report, items


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages."""
    folder = tmp_path_factory.mktemp("evidence")
    hostile = [
        item._replace(item=f"=1+{HOSTILE}", why=f"+{HOSTILE}", tag=HOSTILE, author_kind=HOSTILE) for item in EVIDENCE
    ]
    texts = {
        "sample": page(sample_report.report()._replace(records_url=RECORDS), EVIDENCE),
        "hostile": page(sample_report.report(), hostile),
        "many": page(*many()),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture
def sample(chromium: Browser, files: dict[str, Path]) -> Browser:
    chromium.open(files["sample"], f"{VIEW}change_lead_time")
    return chromium


def items_listed(browser: Browser) -> list[str]:
    return browser.texts(f"{ROWS} th")


def choose(browser: Browser, name: str, value: str) -> None:
    browser.call("page.selectOption", f"#evidence-{name}", value)


def count(browser: Browser) -> str:
    return browser.text("#evidence-count")


def saved(browser: Browser) -> list[dict[str, str]]:
    """What the download of the list holds; the page makes it itself."""
    browser.run(
        "window.blobs = []; URL.createObjectURL = (blob) => { window.blobs.push(blob); return 'blob:x'; }; "
        "HTMLAnchorElement.prototype.click = () => {}; document.querySelector('dialog .csv').click()"
    )
    text = browser.run("window.blobs[0].text()")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_each_item_leads_to_its_pages(sample: Browser) -> None:
    rows = sample.run(
        f"[...document.querySelectorAll('{ROWS}')].map(row => [row.cells[0].innerText, [...row.querySelectorAll('a')].map(a => a.href)])"
    )
    expected = {item.item: {url for url in links(item, RECORDS) if url} for item in behind("change_lead_time")}
    assert {item: set(urls) for item, urls in rows} == expected
    assert all(len(urls) >= 5 for urls in expected.values())


def test_a_failed_deployment_leads_to_its_incident(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["sample"], f"{VIEW.replace('2026-W47', '2026-W40')}change_fail_rate")
    urls = chromium.run(
        "[...document.querySelectorAll('dialog .links a')].map(a => a.href).filter(url => url.includes('/issues/'))"
    )
    week = next(period for period in sample_report.periods() if period.name == "2026-W40")
    failed = [
        item for item in EVIDENCE if item.measure == "change_fail_rate" and item.issue and item.service == "checkout"
    ]
    here = [
        item for item in failed if item.environment == "production" and week.starts_at <= (item.at or 0) < week.ends_at
    ]
    assert sorted(urls) == sorted(f"https://github.com/octo-org/incidents/issues/{item.issue}" for item in here)


def test_a_link_opens_beside_the_page_and_says_nothing_of_it(sample: Browser) -> None:
    attributes = sample.run("[...document.querySelectorAll('dialog a')].map(a => [a.target, a.rel])")
    assert {tuple(row) for row in attributes} == {("_blank", "noopener noreferrer")}


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ("item", lambda item: item.item),
        ("when", lambda item: item.at),
        ("value", lambda item: item.value),
        ("written", lambda item: item.author_kind),
        ("record", lambda item: item.path),
    ],
)
def test_each_column_sorts_both_ways_with_the_missing_last(sample: Browser, column: str, key: Any) -> None:
    items = behind("change_lead_time")
    present, missing = [item for item in items if key(item) is not None], [item for item in items if key(item) is None]
    keys = {item.item: key(item) for item in items}
    for direction in ("ascending", "descending"):
        if column != "when" or direction == "ascending":  # the newest come first before anything is chosen
            sample.call("page.click", f"dialog [data-sort={column}]")
            shown = sample.run(f"document.querySelector('dialog [data-sort={column}]').closest('th').ariaSort")
            assert (shown, sample.run("document.activeElement.dataset.sort")) == (direction, column)
            listed = items_listed(sample)
            ordered = sorted(map(key, present), reverse=direction == "descending")
            assert [keys[item] for item in listed] == [*ordered, *[None] * len(missing)]
            assert sorted(listed) == sorted(keys)


def test_a_search_finds_texts_numbers_and_paths(sample: Browser) -> None:
    items = behind("change_lead_time")
    wanted = items[3]
    for text in (wanted.item.upper(), f"#{wanted.number}", (wanted.path or "")[-20:]):
        sample.call("page.fill", "#evidence-search", text)
        assert wanted.item in items_listed(sample)
        assert len(items_listed(sample)) < len(items)
        assert count(sample).endswith(f" of {len(items)} items")
    sample.call("page.fill", "#evidence-search", "there is none of it")
    assert items_listed(sample) == []
    assert count(sample) == f"0 of {len(items)} items"
    sample.call("page.click", "text=Show all items")
    assert count(sample) == f"{len(items)} items"
    assert sample.run("document.querySelector('#evidence-search').value") == ""


def test_items_are_filtered_by_who_wrote_them(sample: Browser) -> None:
    items = behind("change_lead_time")
    counts = Counter(item.author_kind or "" for item in items)
    options = sample.texts("#evidence-written option")
    assert sorted(options[1:]) == sorted(f"{kind} ({number})" for kind, number in counts.items())
    for kind in counts:
        choose(sample, "written", kind)
        assert items_listed(sample) == [item.item for item in items if item.author_kind == kind]
    choose(sample, "assisted", "yes")
    assert items_listed(sample) == [item.item for item in items if item.author_kind == kind and item.assisted]
    choose(sample, "written", "")
    choose(sample, "assisted", "unknown")
    assert items_listed(sample) == [item.item for item in items if item.assisted is None]


@pytest.mark.parametrize("certainty", ["known", "inferred", "unknown"])
def test_items_are_filtered_by_certainty(chromium: Browser, files: dict[str, Path], certainty: str) -> None:
    chromium.open(files["sample"], f"{VIEW}change_lead_time&certainty={certainty}")
    expected = [item.item for item in behind("change_lead_time") if item.certainty == certainty]
    assert sorted(items_listed(chromium)) == sorted(expected)
    assert expected


def test_unknown_items_are_counted_by_reason(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["many"], f"{VIEW}change_lead_time")
    unknown = [item for item in many()[1] if item.value is None]
    reasons = Counter(item.why for item in unknown)
    assert sorted(chromium.texts(".reasons li")) == sorted(
        f"{number} unknown: {why}" for why, number in reasons.items()
    )
    chromium.call("page.click", ".reasons button")
    assert count(chromium).startswith(f"{max(reasons.values())} of 5,000")
    assert set(chromium.texts("dialog td.number")) == {"unknown"}


def test_the_chart_shows_what_is_selected(sample: Browser) -> None:
    dots = "[...document.querySelectorAll('dialog .dots')].map(dots => (dots.getAttribute('d').match(/M/g) ?? []).length).reduce((a, b) => a + b, 0)"
    for kind in ("", "person"):
        choose(sample, "written", kind)
        sample.call("page.waitForTimeout", 50)
        known = [
            item for item in behind("change_lead_time") if item.value is not None and kind in ("", item.author_kind)
        ]
        assert sample.run(dots) == len(known)


def test_the_selected_items_are_saved_with_their_links(sample: Browser) -> None:
    choose(sample, "written", "person")
    rows = saved(sample)
    items = [item for item in behind("change_lead_time") if item.author_kind == "person"]
    assert [row["item"] for row in rows] == [item.item for item in items]
    for row, item in zip(rows, items, strict=True):
        found = links(item, RECORDS)
        assert row["value_ms"] == ("" if item.value is None else str(round(item.value)))
        assert (row["certainty"], row["path"], row["why"]) == (item.certainty, item.path, item.why or "")
        assert (row["commit_url"], row["pull_request_url"], row["record_url"]) == (
            found.commit,
            found.pull_request,
            found.record,
        )
        assert row["run_url"] or row["job_url"] == found.run


def test_all_selected_items_are_saved_not_only_the_portion(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["many"], f"{VIEW}change_lead_time")
    assert len(saved(chromium)) == MANY


def test_texts_that_imitate_formulas_and_markup_stay_texts(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["hostile"], f"{VIEW}change_lead_time")
    assert items_listed(chromium)[0].startswith("=1+</script>")
    rows = saved(chromium)
    assert rows[0]["item"].startswith("'=1+")
    assert rows[0]["why"].startswith("'+")
    urls = chromium.run("[...document.querySelectorAll('dialog a')].map(a => a.href)")
    assert [url for url in urls if not url.startswith("https://github.com/")] == []
    assert chromium.run("window.ran ?? null") is None
    assert chromium.heard()["errors"] == []


def test_a_list_with_its_filters_can_be_linked(sample: Browser, files: dict[str, Path]) -> None:
    choose(sample, "written", "bot")
    sample.call("page.click", "dialog [data-sort=value]")
    link = str(sample.run("location.hash"))
    assert "written=bot" in link
    assert "sort=value" in link
    before = items_listed(sample)
    sample.open(files["sample"], link)
    assert items_listed(sample) == before
    sample.press("Escape")
    sample.wait_until("!location.hash.includes('evidence')")
    assert "written" not in str(sample.run("location.hash"))


@pytest.mark.parametrize("filters", ["sort=nothing", "sort=__proto__", "certainty=x&why=%00", f"search={'a' * 5_000}"])
def test_an_address_with_unknown_filters_breaks_nothing(
    chromium: Browser, files: dict[str, Path], filters: str
) -> None:
    chromium.open(files["sample"], f"{VIEW}change_lead_time&{filters}")
    assert "items" in count(chromium)
    assert chromium.heard()["errors"] == []


def test_everything_is_done_by_keyboard(sample: Browser) -> None:
    items = behind("change_lead_time")
    sample.press("Escape")
    sample.call("page.focus", "[data-measure=change_lead_time] [data-evidence]")
    sample.press("Enter", "Tab", "Tab")
    assert sample.run("document.activeElement.id") == "evidence-search"
    sample.call("page.keyboard.type", items[0].item)
    assert sample.run("document.activeElement.id") == "evidence-search"
    assert items_listed(sample) == [items[0].item]
    for _ in range(40):
        sample.press("Tab")
        if str(sample.run("document.activeElement.href ?? ''")).endswith(f"/commit/{items[0].sha}"):
            break
    else:
        pytest.fail("no link has the focus")
    sample.press("Escape")
    assert sample.run("document.activeElement.dataset.evidence") == "change_lead_time"


def test_the_next_portion_is_added_and_gets_the_focus(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["many"], f"{VIEW}change_lead_time")
    assert len(items_listed(chromium)) == 50
    before = items_listed(chromium)[-1]
    chromium.call("page.click", "text=Show 50 more of 4,950")
    assert len(items_listed(chromium)) == 100
    assert items_listed(chromium)[49] == before
    assert chromium.run("document.activeElement === document.querySelectorAll('dialog tbody tr')[50]")


def test_a_filter_of_five_thousand_items_lays_out_one_portion(chromium: Browser, files: dict[str, Path]) -> None:
    """What takes time is the layout; `make bench BENCH=dashboard` measures it."""
    chromium.open(files["many"], f"{VIEW}change_lead_time")
    rows = chromium.run(
        """['a', '1', ''].map((text) => {
          const field = document.querySelector('#evidence-search');
          field.value = text;
          field.dispatchEvent(new Event('input'));
          return document.querySelectorAll('dialog tbody tr').length;
        })"""
    )
    assert rows[-1] == 50
    assert all(0 < count <= 50 for count in rows), rows


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_the_list(chromium: Browser, files: dict[str, Path], scheme: str, width: int) -> None:
    options = {"colorScheme": scheme, "viewport": {"width": width, "height": 800}}
    chromium.open(files["sample"], f"{VIEW}change_lead_time&written=bot", **options)
    results = chromium.axe()
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in results["violations"]] == []
    assert chromium.run(
        "document.documentElement.scrollWidth <= innerWidth && document.querySelector('dialog').scrollWidth <= innerWidth"
    )
