"""The type of a callback that reports the progress of long work."""

from collections.abc import Callable

ProgressCallback = Callable[[int, int], object]
"""Called with the number of files done, and the total number."""
