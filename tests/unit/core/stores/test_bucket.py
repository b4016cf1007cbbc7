from collections.abc import Iterator

from core.stores.bucket import BucketStore, Version


class Objects:
    """Implements core.stores.bucket.Objects on a dict; remembers what was listed."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.listed: list[str] = []

    def get(self, key: str) -> tuple[bytes, str] | None:
        return (b"{}", "1") if key in self.keys else None

    def put(self, key: str, content: bytes) -> None:
        raise AssertionError((key, content))

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        raise AssertionError((key, content, tag))

    def versions(self, prefix: str) -> Iterator[Version]:
        self.listed.append(prefix)
        return (Version(key, "1", 1_795_500_000) for key in self.keys if key.startswith(prefix))


def test_changes_of_one_folder_list_no_other() -> None:
    objects = Objects("a/1.json", "data/1.json", "data/2.json")
    store = BucketStore(objects, "data/")
    paths, cursor = store.changes(None)
    assert (paths, store.changes(cursor)[0], objects.listed) == (("data/1.json", "data/2.json"), (), ["data/"] * 2)


def test_without_a_folder_all_is_listed() -> None:
    objects = Objects("a/1.json", "data/1.json")
    assert (BucketStore(objects).changes(None)[0], objects.listed) == (("a/1.json", "data/1.json"), [""])
