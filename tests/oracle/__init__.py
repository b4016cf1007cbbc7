"""The definitions of DORA's numbers in plain Python, written from their sentences and not from the SQL: `measures`."""

from tests.oracle.items import INFERRED, KNOWN, UNKNOWN, Item
from tests.oracle.measures import cohorts, measures

__all__ = ["INFERRED", "KNOWN", "UNKNOWN", "Item", "cohorts", "measures"]
