"""Shows that a file does not exist. A 404 alone does not: GitHub also answers it for a moment after a webhook or a commit.

The proof is the listing of the folder at the same commit: https://docs.github.com/en/rest/repos/contents#get-repository-content
"""

from collections.abc import Callable, Collection


def is_absent(path: str, list_folder: Callable[[str], Collection[str] | None]) -> bool | None:
    """Return whether the listings show that there is no file at `path`: False if it is listed, None if they do not say.

    `list_folder` returns the names in a folder, without any if the path is not a folder, and None if it has no answer.
    """
    folder, _, name = path.rpartition("/")
    names = list_folder(folder)
    if names is None:
        return True if folder and is_absent(folder, list_folder) else None
    return name not in names


def names_in(listing: object) -> list[str]:
    """Return the names in a contents response; none if it is not a folder."""
    entries = listing if type(listing) is list else ()
    return [entry["name"] for entry in entries if type(entry) is dict and type(entry.get("name")) is str]
