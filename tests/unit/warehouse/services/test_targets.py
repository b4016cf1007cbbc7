import tomllib

import pytest

from warehouse.services import ServicesError, parsed
from warehouse.services.targets import target_value

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("measure", "text", "value"),
    [
        ("change_lead_time", "1 d", 24 * HOUR),
        ("change_lead_time", "4 h 30 min", 4.5 * HOUR),
        ("change_lead_time", "1.5h", 1.5 * HOUR),
        ("ci_duration", "90 s", 90_000),
        ("change_fail_rate", "15 %", 0.15),
        ("change_fail_rate", "0%", 0.0),
        ("deployment_frequency", "2 a week", 2 / 7),
        ("deployment_frequency", "1 per day", 1.0),
        ("pull_request_size", "400", 400.0),
    ],
)
def test_a_target_is_a_value_in_the_unit_of_its_measure(measure: str, text: str, value: float) -> None:
    assert target_value(measure, text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("measure", "text", "message"),
    [
        ("change_lead_time", "1", 'write for example "1 d" or "4 h 30 min"'),
        ("change_lead_time", "1 d 2 d", "is no value"),
        ("change_lead_time", "1 d soon", "is no value"),
        ("change_lead_time", "-1 d", "is no value"),
        ("change_lead_time", "", "is no value"),
        ("change_fail_rate", "101 %", 'write for example "15 %"'),
        ("change_fail_rate", "0.15", 'write for example "15 %"'),
        ("deployment_frequency", "2", 'write for example "2 a week"'),
        ("pull_request_size", "few", 'write for example "400"'),
        ("change_fail_rat", "15 %", "did you mean `change_fail_rate`?"),
        ("release_cadence", "400", "neither a lower nor a higher value is better"),
    ],
)
def test_a_target_of_another_form_says_what_to_write(measure: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        target_value(measure, text)
    assert message in str(error.value)


WRONG = """\
targets = { change_lead_tim = "1 d", deployment_frequency = "2" }
[[annotations]]
date = 2026-11-16
text = "x"
service = "chekout"
[[annotations]]
date = "2026-02-30"
[services.checkout]
repositories = ["o/r"]
targets = { change_lead_time = 4, change_fail_rate = "150 %" }
"""


def test_all_mistakes_are_named_with_their_lines() -> None:
    with pytest.raises(ServicesError) as error:
        parsed(tomllib.loads(WRONG), text=WRONG)
    assert str(error.value).splitlines()[1:] == [
        "line 1: targets.change_lead_tim: there is no measure change_lead_tim; did you mean `change_lead_time`?",
        'line 1: targets.deployment_frequency: "2" is no value of this measure; write for example "2 a week"',
        'line 5: annotations.0.service: there is no [services.chekout]; write "checkout"',
        'line 6: annotations.1.text: Field required; write text = "new pipeline"',
        'line 7: annotations.1.date: is no day; write for example "2026-11-16"',
        'line 10: services.checkout.targets.change_fail_rate: "150 %" is no value of this measure; write for example "15 %"',
        "line 10: services.checkout.targets.change_lead_time: must be a valid string",
    ]


def test_a_repository_that_is_a_service_needs_no_table() -> None:
    assert parsed({"annotations": [{"date": "2026-11-16", "text": "x", "service": "octo-org/shop"}]}).annotations


def test_a_day_of_a_note_needs_no_quotes() -> None:
    [note] = parsed(tomllib.loads('annotations = [{ date = 2026-11-16, text = "x" }]')).annotations
    assert note.date == "2026-11-16"


def test_targets_and_annotations_build_no_models_again() -> None:
    table = {"repositories": ["o/r"]}
    with_targets = {"services": {"a": {**table, "targets": {"change_fail_rate": "1 %"}}}, "targets": {}}
    assert parsed(with_targets).of_models == parsed({"services": {"a": table}}).of_models
