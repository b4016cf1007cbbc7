"""Gives PyPI the README: its links to files of the repository become URLs of this version.

https://hatch.pypa.io/latest/plugins/metadata-hook/custom/
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^]]*)\]\((?P<target>(?![a-z]+:|#)[^)\s]+)\)")


class ReadmeHook(MetadataHookInterface):
    """Adds `readme`, which pyproject.toml declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the text of the README with URLs."""
        text = Path(self.root, "README.md").read_text("utf-8")
        address = f"{metadata['urls']['Source']}/{{kind}}/v{metadata['version']}/"
        metadata["readme"] = {"content-type": "text/markdown", "text": with_urls(text, address)}


def with_urls(text: str, address: str) -> str:
    """Return Markdown whose relative links are URLs; `{kind}` in the address is `raw` for an image, else `blob`."""

    def absolute(match: re.Match[str]) -> str:
        kind = "raw" if match["image"] else "blob"
        return f"{match['image']}[{match['text']}]({address.format(kind=kind)}{match['target']})"

    return _LINK.sub(absolute, text)
