from tests.unit.warehouse.sample_report import report
from warehouse.report.settings_model import Annotation, Target
from warehouse.report.target_settings import annotations_of, targets_of
from warehouse.report.targets import annotation_lines, target_for, targets_by_key
from warehouse.services import parsed

DAY = 86_400_000
TARGET = Target("", "change_lead_time", DAY, "1 d")


def test_a_service_has_its_own_target_in_place_of_that_of_all() -> None:
    services = parsed(
        {
            "targets": {"change_lead_time": "1 d"},
            "services": {"checkout": {"repositories": ["o/r"], "targets": {"change_lead_time": "4 h"}}},
        }
    )
    with_targets = targets_by_key(report()._replace(targets=tuple(targets_of(services))))
    assert target_for(with_targets, "checkout", "change_lead_time") == Target(
        "checkout", "change_lead_time", DAY / 6, "4 h"
    )
    assert target_for(with_targets, "search", "change_lead_time") == TARGET
    assert target_for(with_targets, "search", "change_fail_rate") is None


def test_a_note_begins_with_its_day_in_the_zone_of_the_report() -> None:
    services = parsed(
        {
            "time_zone": "Asia/Kathmandu",
            "annotations": [
                {"date": "2026-11-16", "text": "new pipeline", "service": "octo-org/shop"},
                {"date": "2026-11-02", "text": "freeze"},
            ],
        }
    )
    notes = annotations_of(services)
    assert notes == [
        Annotation("", "2026-11-02", 1_793_556_900_000, "freeze"),
        Annotation("octo-org/shop", "2026-11-16", 1_794_766_500_000, "new pipeline"),
    ]
    lines = list(annotation_lines(report()._replace(annotations=tuple(notes))))
    assert lines == ["2026-11-16: new pipeline (octo-org/shop)", "2026-11-02: freeze"]
