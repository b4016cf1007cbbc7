"""No test hands an event of a fixed instant to a process that runs by the real clock.

Such a test passes until the event is older than the 72 hours that a worker waits, and fails ever after. So where tests
start processes, an event says when it is received: `signed_now(…)`, or `signed(…, received_at=…)` beside a clock of
the test's own. tests/unit and tests/contract start no such process; `make test-faketime` runs them at another date.
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
BESIDE_THE_REAL_CLOCK = [
    folder for folder in TESTS.iterdir() if folder.name not in {"unit", "integration", "contract", "npm"}
]


def without_a_time(text: str) -> list[int]:
    """Return the lines that call tests.builders.signed and leave `received_at` to its fixed default."""
    tree = ast.parse(text)
    names = {name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in _imported(node)}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in names)
    return sorted(call.lineno for call in calls if "received_at" not in {keyword.arg for keyword in call.keywords})


def _imported(node: ast.ImportFrom) -> list[str]:
    """Return by what names an import makes `signed` callable."""
    if node.module == "tests.builders":
        return [name.asname or name.name for name in node.names if name.name == "signed"]
    return [f"{name.asname or name.name}.signed" for name in node.names if name.name == "building"]


MODULES = sorted(path for folder in BESIDE_THE_REAL_CLOCK for path in folder.rglob("*.py"))


def test_every_event_that_a_real_process_gets_names_its_time() -> None:
    assert len(MODULES) > 30
    lines_by_file = {
        str(path.relative_to(TESTS)): lines for path in MODULES if (lines := without_a_time(path.read_text()))
    }
    assert lines_by_file == {}, "use tests.builders.signed_now, or say received_at="


ALONE, WHOLE = "from tests.builders import signed, webhook\n", "from tests import building\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (ALONE + 'queue.put(message.encode(signed("github::check_suite", payload, delivery_id=f"delivery-{n}")))', [2]),
        (ALONE.replace("signed", "signed as event") + 'event("github::check_suite", payload)', [2]),
        (WHOLE + 'event = building.signed("github::check_suite", payload)', [2]),
        (ALONE + 'signed("github::check_suite", payload, received_at=clock())', []),
        (ALONE + 'signed_now("github::check_suite", payload)', []),
        ('from tests.request import signed\nsigned("Content-Length: 2")', []),
    ],
)
def test_the_fault_that_it_is_about_is_seen(text: str, lines: list[int]) -> None:
    assert without_a_time(text) == lines
