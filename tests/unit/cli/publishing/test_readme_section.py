import pytest

from cli.publishing.readme_section import replace_section
from core.errors import PermanentError

FRIDAY, MONDAY = "# Report\n\nOf Friday.\n", "# Report\n\nOf Monday.\n"


def test_a_readme_without_markers_gets_the_report_below_its_own_text() -> None:
    assert replace_section("# Ours\n", "R\n", "R") == (
        "# Ours\n\n"
        "<!-- telemetry report 8c2574892063f995: what is between these two lines is written by telemetry-functions -->\n"
        "\nR\n\n"
        "<!-- /telemetry report -->\n"
    )


def test_an_empty_readme_is_the_report_alone() -> None:
    assert replace_section("", "R", "R").startswith("<!-- telemetry report ")


def test_only_what_is_between_the_markers_is_replaced() -> None:
    around = "# Ours\r\n\n<!-- telemetry report -->\nold\n<!-- /telemetry report -->\n\nours, too\n  \n"
    replaced = replace_section(around, "R", "R")
    assert (
        replaced.startswith("# Ours\r\n\n<!-- telemetry report 8c25"),
        replaced.endswith("\n\nours, too\n  \n"),
    ) == (
        True,
        True,
    )
    assert ("old" in replaced, "\nR\n" in replaced) == (False, True)


def test_a_report_that_says_the_same_on_another_day_changes_nothing() -> None:
    friday = replace_section("# Ours\n", FRIDAY, "the same")
    assert replace_section(friday, MONDAY, "the same") == friday
    monday = replace_section(friday, MONDAY, "something new")
    assert ("Of Monday." in monday, "Of Friday." in monday) == (True, False)


def test_what_our_own_text_says_of_markers_in_a_line_is_no_marker() -> None:
    text = "Put `<!-- telemetry report -->` where you want it.\n"
    assert replace_section(text, "R", "R").startswith(text)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- telemetry report -->\n",
        "<!-- /telemetry report -->\n",
        "<!-- /telemetry report -->\n<!-- telemetry report -->\n",
        "<!-- telemetry report -->\n<!-- /telemetry report -->\n<!-- telemetry report -->\n<!-- /telemetry report -->\n",
    ],
)
def test_unpaired_markers_do_not_change_the_readme(text: str) -> None:
    with pytest.raises(PermanentError, match="must be there once each, in order"):
        replace_section(text, "R", "R")
