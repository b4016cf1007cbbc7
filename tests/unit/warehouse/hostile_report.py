"""Build a report in which every text imitates markup, a script, a formula or a control sequence."""

from tests.unit.warehouse.sample_report import MEASURES, NOW, ms, periods
from warehouse.report.left_out_model import LeftOut, Suggestion, WholeRuns, WithoutEnd
from warehouse.report.model import Environment, Evidence, LedgerDay, Missing, Number, Reject, Report, Repository
from warehouse.report.settings_model import Annotation, Target

HOSTILE = "</script><img src=x onerror=window.ran=1><!-- <script>window.ran=1</script> | `=@cmd`"
CONTROL = "\x1b[31m\r\n\u202e\ud800"


def hostile() -> tuple[Report, tuple[Evidence, ...]]:
    """Return the report and its evidence."""
    week = periods()[-12]
    numbers = tuple(
        Number(measure.name, HOSTILE, repository, HOSTILE, period.kind, period.name, 0.5, 1, 2)
        for measure in MEASURES
        for repository in ("", HOSTILE)
        for period in periods()
    )
    evidence = tuple(
        Evidence(
            measure.name,
            HOSTILE,
            HOSTILE,
            HOSTILE,
            at,
            HOSTILE,
            None,
            HOSTILE + CONTROL,
            HOSTILE,
            f"{HOSTILE}/{HOSTILE}",
        )
        for measure in MEASURES
        for at in (week.starts_at, periods()[-11].starts_at, ms(NOW) - 7 * 86_400_000)
    )
    missing = Missing(HOSTILE, HOSTILE, HOSTILE + CONTROL)
    report = Report(
        generated_at=ms(NOW),
        source=HOSTILE,
        records={"review": 3},
        newest_at=10**18,
        measures=MEASURES,
        repositories=(Repository(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        periods=periods(),
        numbers=numbers,
        ledger=(LedgerDay("2026-11-25", HOSTILE, 3, 2, 1, 0, (missing,)),),
        rejects=(Reject(HOSTILE + CONTROL, HOSTILE),),
        rejected=1,
        notes=(HOSTILE + CONTROL,),
        left_out=tuple(LeftOut(HOSTILE, HOSTILE, period.kind, period.name, 1, 1) for period in periods()),
        suggestions=(Suggestion(HOSTILE, 1, 1, 3, HOSTILE + CONTROL),),
        whole_runs=(WholeRuns(HOSTILE, HOSTILE + CONTROL),),
        without_end=(WithoutEnd(HOSTILE, HOSTILE + CONTROL, 1, 2),),
        environments=(Environment(HOSTILE, HOSTILE + CONTROL, False, "name"),),
        targets=(Target("", MEASURES[0].name, 1.0, HOSTILE + CONTROL),),
        annotations=(Annotation(HOSTILE, "2026-11-16", week.starts_at, HOSTILE + CONTROL),),
    )
    return report, evidence
