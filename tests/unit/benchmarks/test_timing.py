import pytest

from benchmarks.timing import quietest


def test_the_quietest_stretch_decides_by_its_median() -> None:
    assert quietest([9, 9, 9, 1, 4, 80, 5, 5, 5]) == 4
    assert quietest([3, 1, 2, 0]) == 2, "what is left over is no stretch"
    with pytest.raises(ValueError, match="empty"):
        quietest([1, 2])
