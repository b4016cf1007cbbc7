import pytest

from cli.publishing.readme_section import with_report
from core.errors import Permanent

FRIDAY, MONDAY = "# Report\n\nOf Friday.\n", "# Report\n\nOf Monday.\n"


def test_a_readme_without_markers_gets_the_report_below_its_own_text() -> None:
    assert with_report("# Ours\n", "R\n", "R") == (
        "# Ours\n\n"
        "<!-- telemetry report 8c2574892063f995: what is between these two lines is written by telemetry-functions -->\n"
        "\nR\n\n"
        "<!-- /telemetry report -->\n"
    )


def test_an_empty_readme_is_the_report_alone() -> None:
    assert with_report("", "R", "R").startswith("<!-- telemetry report ")


def test_only_what_is_between_the_markers_is_replaced() -> None:
    around = "# Ours\r\n\n<!-- telemetry report -->\nold\n<!-- /telemetry report -->\n\nours, too\n  \n"
    new = with_report(around, "R", "R")
    assert (new.startswith("# Ours\r\n\n<!-- telemetry report 8c25"), new.endswith("\n\nours, too\n  \n")) == (
        True,
        True,
    )
    assert ("old" in new, "\nR\n" in new) == (False, True)


def test_a_report_that_says_the_same_on_another_day_changes_nothing() -> None:
    friday = with_report("# Ours\n", FRIDAY, "the same")
    assert with_report(friday, MONDAY, "the same") == friday
    monday = with_report(friday, MONDAY, "something new")
    assert ("Of Monday." in monday, "Of Friday." in monday) == (True, False)


def test_what_our_own_text_says_of_markers_in_a_line_is_no_marker() -> None:
    text = "Put `<!-- telemetry report -->` where you want it.\n"
    assert with_report(text, "R", "R").startswith(text)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- telemetry report -->\n",
        "<!-- /telemetry report -->\n",
        "<!-- /telemetry report -->\n<!-- telemetry report -->\n",
        "<!-- telemetry report -->\n<!-- /telemetry report -->\n<!-- telemetry report -->\n<!-- /telemetry report -->\n",
    ],
)
def test_markers_that_are_no_pair_cost_nothing_of_the_readme(text: str) -> None:
    with pytest.raises(Permanent, match="must be there once each, in order"):
        with_report(text, "R", "R")
