from core.backfill.context import Unit
from core.backfill.options import BackfillOptions


def unit(kind: str, id: int) -> Unit:
    return Unit(kind, id, 1, lambda: ())


def test_the_kinds_that_are_first_precede_the_others_in_their_order() -> None:
    units = [unit("check suites", 1), unit("tags", 2), unit("deployments", 3), unit("tags", 4), unit("runs", 5)]
    ordered = BackfillOptions(kinds_first=("deployments", "tags")).sorted(units)
    assert [item.id for item in ordered] == [3, 2, 4, 1, 5]
    assert BackfillOptions().sorted(units) == units
