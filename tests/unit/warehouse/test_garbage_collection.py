"""Pause the garbage collector."""

import gc
from collections.abc import Iterator

import pytest

from warehouse import garbage_collection


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    yield
    gc.enable()


def test_no_collection_starts_inside_and_the_collector_resumes() -> None:
    with garbage_collection.paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_resumes_after_an_error() -> None:
    with pytest.raises(ValueError, match="inside"), garbage_collection.paused():
        raise ValueError("inside")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with garbage_collection.paused():
        pass
    assert not gc.isenabled()
