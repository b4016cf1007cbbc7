from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from core.backfill.recorded_reader import RecordedReader, ResponseFile
from core.errors import MissingPermission, NotFound, TransientReadError, Unavailable
from core.payload import Json


class GitHub:
    """Answers each read with the number of reads so far, or raises what it is to raise."""

    def __init__(self) -> None:
        self.reads = 0
        self.failure: Exception | None = None

    def object(self, path: str) -> Json:
        self.reads += 1
        if self.failure:
            raise self.failure
        return {"path": path, "read": self.reads}

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        number = int((params or {}).get("page", "1"))
        return [self.object(path)], {"page": "2"} if number == 1 else None

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        return self.object(f"{query} {dict(variables)}")

    def file(self, *names: str) -> bytes | None:
        self.object("/".join(names[:3]))
        return b"\xff" if names[2] == "there" else None


class Recorded:
    def __init__(self, file: ResponseFile) -> None:
        self.github = GitHub()
        self.reader = RecordedReader(cast("Any", self.github), file)

    def read(self) -> list[object]:
        reader = self.reader
        files = [reader.file("o", "r", name) for name in ("there", "absent")]
        return [reader.object("/a"), *reader.pages("/list", {"q": "1"}), reader.graphql("{a}", {"n": 1}), *files]


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with ResponseFile() as file:
        yield Recorded(file)


def test_what_was_recorded_is_answered_once_without_a_request(recorded: Recorded) -> None:
    first = recorded.read()
    recorded.reader.rewind()
    assert (recorded.read(), recorded.github.reads) == (first, 6)
    assert recorded.read() != first
    assert recorded.github.reads == 12


def test_other_parameters_are_another_read(recorded: Recorded) -> None:
    recorded.reader.page("/list", {"q": "1"})
    recorded.reader.rewind()
    recorded.reader.page("/list", {"q": "2"})
    assert recorded.github.reads == 2


def test_what_was_recorded_can_be_forgotten(recorded: Recorded) -> None:
    recorded.reader.object("/a")
    recorded.reader.forget()
    assert recorded.reader.object("/a")["read"] == 2


@pytest.mark.parametrize(
    ("failure", "reads"),
    [
        (NotFound("GET /a: 404"), 1),
        (MissingPermission("GET /a: 403"), 1),
        (TransientReadError("GET /a: 502"), 2),
        (Unavailable("GitHub allows no requests for now"), 2),
    ],
)
def test_only_a_failure_that_does_not_pass_is_recorded(recorded: Recorded, failure: Exception, reads: int) -> None:
    recorded.github.failure = failure
    for _ in range(2):
        with pytest.raises(type(failure), match=str(failure)):
            recorded.reader.object("/a")
        recorded.reader.rewind()
    assert recorded.github.reads == reads


def test_what_has_no_space_on_the_disk_is_read_again(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ResponseFile, "append", full)
    assert recorded.reader.object("/a")["read"] == 1
    recorded.reader.rewind()
    assert recorded.reader.object("/a")["read"] == 2
