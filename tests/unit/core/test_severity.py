import pytest

from core.severity import severity, severity_of_text


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("sev1", 1),
        ("SEV-0", 0),
        ("sev 2", 2),
        ("severity/3", 3),
        ("severity: sev1", 1),
        ("P2", 2),
        ("priority: P1", 1),
        ("priority/0", 0),
        ("severity: critical", 1),
        ("Severity-High", 2),
        ("priority:low", 4),
        (" P1 ", 1),
        ("p9", None),
        ("sev", None),
        ("p1 team", None),
        ("apache2", None),
        ("critical", None),
        ("bug", None),
        ("", None),
    ],
)
def test_a_label_names_a_severity(label: str, expected: int | None) -> None:
    assert severity(label) == expected


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("[SEV1] The shop is down", "", 1),
        ("SEV-2: The shop is slow", "", 2),
        ("P0 The shop is down", "", 0),
        ("(P1) The shop is down", "", 1),
        ("severity 3: a typo", "", 3),
        ("The shop is down, was P1", "", None),
        ("P2P networking is down", "", None),
        ("Sev7 is full", "", None),
        ("x", "### Severity\n\nSEV-1\n", 1),
        ("x", "### Severity\r\n\r\nCritical (all customers)\r\n", 1),
        ("x", "### What\n\ndown\n\n### Priority\n\nP2 - high\n", 2),
        ("x", "### Severity\n\n_No response_\n", None),
        ("x", "### Severity\n\n", None),
        ("x", "### Severity\n\n3 - Moderate", 3),
        ("x", "### Severity\n\n(2) high", 2),
        ("x", "### Severity\n\n1\n\n### Impact\n\nall", 1),
        ("x", "### Severity\n\nSEV 1 all customers", 1),
        ("x", "### Severity\n\n0 customers lost data\n", None),
        ("x", "### Priority\n\n1.5 hours", None),
        ("x", "The severity\n\nis critical", None),
        ("SEV3: x", "### Severity\n\n1\n", 3),
        ("", "", None),
    ],
)
def test_an_issue_s_title_or_form_names_a_severity(title: str, body: str, expected: int | None) -> None:
    assert severity_of_text(title, body) == expected
