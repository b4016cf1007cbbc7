"""How long work reports its progress."""

from collections.abc import Callable

ProgressCallback = Callable[[int, int], object]
"""Called with how many files are done, and of how many."""
