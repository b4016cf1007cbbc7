"""Headless Chromium, as a test drives it: Debian's, or whichever CHROMIUM names. No page of it asks the network."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.conftest import NPM, missing
from tests.environment import PATIENCE

_CALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)

_IS_READING = "document.getElementById('data') !== null && document.documentElement.dataset.ready === undefined"


class Browser:
    """One Chromium and one page at a time, through playwright-core (tests/npm/browser.cjs)."""

    def __init__(self, folder: Path, *options: str) -> None:
        """`folder` is for its profile; the options are Chromium's own."""
        self._folder = folder
        self._options = (*_QUIET, *options)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; where it, Node or the packages are not there, the test skips or fails and says how to get them."""
        node = shutil.which("node")
        if node is None or not (NPM / "playwright-core").exists():
            missing("playwright-core", "install Node.js 20, then `make setup`")
        chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _CALLED)), None)
        if chromium is None:
            missing("Chromium", "`apt-get install chromium`, or let CHROMIUM name the program of one")
        program = NPM.parent / "browser.cjs"
        with (self._folder / "chromium.txt").open("w") as said:
            self._process = subprocess.Popen(
                [str(node), str(program), str(chromium), str(self._folder), *self._options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        self.version = self._answer()

    def stop(self) -> None:
        """Close the browser, which ends the driver too."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(PATIENCE)
            self._process.stdout.close()

    def open(self, page: Path, fragment: str = "", **options: Any) -> None:
        """A file, in a context of its own; the options are playwright's for a context (`colorScheme`, `viewport`)."""
        self.call("open", {"viewport": {"width": 1280, "height": 900}, **options})
        self.call("page.goto", f"{page.as_uri()}{fragment}")
        self.wait_for_data()

    def wait_for_data(self) -> None:
        """Wait until a dashboard has read its data, which begins after the page is loaded."""
        while self.run(_IS_READING) and not self.heard()["errors"]:
            pass

    def wait_until(self, condition: str) -> None:
        """Wait until an expression of JavaScript is true in the page.

        playwright's own `waitForFunction` evaluates a text in the page from the second attempt on, which its policy forbids.
        """
        end = time.monotonic() + PATIENCE
        while not self.run(condition):
            assert time.monotonic() < end, f"never true: {condition}"

    def call(self, name: str, *arguments: Any) -> Any:
        """A method of playwright's page, such as `page.keyboard.press`, and what it gives."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"call": name, "with": arguments}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def run(self, script: str) -> Any:
        """The value of an expression of JavaScript in the page."""
        return self.call("page.evaluate", script)

    def text(self, selector: str) -> str:
        """What is shown of the first element that fits."""
        return " ".join(str(self.call("page.innerText", selector)).split())

    def texts(self, selector: str) -> list[str]:
        """What is shown of all elements that fit."""
        texts = self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(each => each.innerText)")
        return [" ".join(text.split()) for text in texts]

    def press(self, *keys: str) -> None:
        """Keys, one after another, wherever the focus is."""
        for key in keys:
            self.call("page.keyboard.press", key)

    def heard(self) -> dict[str, list[str]]:
        """What the page said on its `console`, its `errors`, and its `requests`."""
        messages: dict[str, list[str]] = self.call("heard")
        return messages

    def axe(self) -> dict[str, Any]:
        """What axe-core finds, by WCAG 2.2 AA and good practice: https://github.com/dequelabs/axe-core"""
        self.run((NPM / "axe-core" / "axe.min.js").read_text() + "; null")
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        results: dict[str, Any] = self.run(f"axe.run(document, {{runOnly: {json.dumps(rules)}}})")
        return results

    def _answer(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self._folder / "chromium.txt").read_text()
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer.get("value")
