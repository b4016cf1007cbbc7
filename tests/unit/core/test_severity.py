import pytest

from core.severity import severity


@pytest.mark.parametrize(
    ("label", "expected"), [("sev1", 1), ("SEV-0", 0), ("P2", 2), ("severity: critical", 1), ("bug", None)]
)
def test_a_label_names_a_severity(label: str, expected: int | None) -> None:
    assert severity(label) == expected
