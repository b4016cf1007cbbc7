from tests.unit.warehouse.sample_report import report
from warehouse.report import as_markdown, as_text
from warehouse.report.environment_sides import lines
from warehouse.report.model import Environment

SIDES = (
    Environment("o/r", "production", True, "name"),
    Environment("o/s", "production", True, "name"),
    Environment("o/r", "main-eu", True, "production_environment"),
    Environment("o/r", "staging", False, "name"),
)


def test_both_sides_are_listed_with_what_decided() -> None:
    assert list(lines(report()._replace(environments=SIDES))) == [
        "Production, by name: production",
        "Production, by production_environment: main-eu",
        "Not production, by name: staging",
    ]


def test_many_environments_are_counted() -> None:
    many = tuple(Environment("o/r", f"pr-{n:02}", False, "transient_environment") for n in range(25))
    [line] = lines(report()._replace(environments=many))
    assert line.endswith("pr-19 and 5 more")


def test_text_and_markdown_say_both_sides() -> None:
    result = report()._replace(environments=SIDES)
    assert "Not production, by name: staging" in as_text.render(result, 100)
    assert "- Not production, by name: staging" in as_markdown.render(result)
