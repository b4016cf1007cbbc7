"""The accounts and Apps of GitHub by which AI tools write, each with the page that shows it, as found on AS_OF.

A table in Python and not in JSON: it is compiled with the code, so the webhook half reads no file for it. GitHub's own list of
Apps does not say which are agents, so an App that is not here is a bot. To add one: a row, and a new AS_OF. Commits and lists that
are named here were read in stored copies; the pages of accounts, `github.com/NAME`, were not opened (not checked).
"""

from typing import NamedTuple

AS_OF = "2026-11-30"
"""The day on which the table was last compared with its sources."""


class AiAccount(NamedTuple):
    """One account."""

    assistant: str
    """The tool, as in core/assistants.py."""
    source: str
    """A page that shows the account at work."""


OTHER = "other"
"""An AI tool that is not in core/assistants.py."""
_GITHUB = "https://github.com/"
_DETECTION = f"{_GITHUB}chaoss/ai-detection-action/blob/main/detection/committer/committer.go"
_SPEC_KIT = f"{_GITHUB}github/spec-kit/commit/ad057b586f654836e8c4aef7ec20b8dd45873dee"
AI_ACCOUNTS = {
    "amazon-q-developer[bot]": AiAccount("amazon-q", _DETECTION),
    "chatgpt-codex-connector[bot]": AiAccount(
        "codex", f"{_GITHUB}ghostty-org/ghostty/commit/630c2dff190af14b7915f3e0d4df639e95c4f21b"
    ),
    "claude": AiAccount("claude", f"{_GITHUB}claude"),
    "claude[bot]": AiAccount("claude", _DETECTION),
    "claude-code-action[bot]": AiAccount("claude", _DETECTION),
    "cline[bot]": AiAccount("cline", _DETECTION),
    "cline-agent": AiAccount("cline", f"{_GITHUB}cline/cline/commit/c18d9478bae502b291d3ba997e86630630ceed13"),
    "codex": AiAccount("codex", f"{_GITHUB}codex"),
    "continue[bot]": AiAccount("continue", _DETECTION),
    "copilot": AiAccount(
        "copilot",
        "https://docs.github.com/en/copilot/how-tos/copilot-on-github/use-copilot-agents/review-copilot-output",
    ),
    "copilot[bot]": AiAccount("copilot", _DETECTION),
    "copilot-swe-agent": AiAccount("copilot", _SPEC_KIT),
    "copilot-swe-agent[bot]": AiAccount("copilot", _SPEC_KIT),
    "cursor[bot]": AiAccount("cursor", _DETECTION),
    "cursoragent": AiAccount("cursor", f"{_GITHUB}cursoragent"),
    "devin-ai-integration[bot]": AiAccount(
        "devin", f"{_GITHUB}airbytehq/PyAirbyte/commit/f65f2272882ffc8fae7ca9b459976574d07d51d5"
    ),
    "factory-droid[bot]": AiAccount(
        "factory", f"{_GITHUB}github/spec-kit/commit/470ac5b6e616e751bab38836c5ab1c98b72adab8"
    ),
    "gemini-cli[bot]": AiAccount(
        "gemini", f"{_GITHUB}google-gemini/gemini-cli/commit/a79da4f3a92b2a250dc6296b77e31bce8a9f52ed"
    ),
    "gemini-code-assist[bot]": AiAccount(
        "gemini", f"{_GITHUB}google-gemini/gemini-cli/commit/571851b1077a51cef757146ce13f9da887326bec"
    ),
    "google-labs-jules[bot]": AiAccount(
        "jules", f"{_GITHUB}google-gemini/gemini-cli/commit/b38e0984b9832fd72383a214e0312291ec4dac25"
    ),
    "openai-codex[bot]": AiAccount("codex", _DETECTION),
    "openhands-agent": AiAccount("openhands", f"{_GITHUB}openhands-agent"),
    "roomote[bot]": AiAccount("roo", f"{_GITHUB}gemini-chan/gemini-chan.github.io/commits"),
    "windsurf-bot[bot]": AiAccount(
        "windsurf", f"{_GITHUB}gemini-chan/gemini-chan.github.io/commit/aa2171a2e9b165c552dc94bd56642910d46ae1a5"
    ),
}
"""By login, in lower case."""

AI_ADDRESSES = {
    "aider@aider.chat": "aider",
    "noreply@aider.chat": "aider",
    "noreply@aider.dev": "aider",
    "amp@ampcode.com": "amp",
    "claude@anthropic.com": "claude",
    "no-reply@anthropic.com": "claude",
    "noreply@anthropic.com": "claude",
    "cascade@windsurf.ai": "windsurf",
    "noreply@codeium.com": "windsurf",
    "windsurf@codeium.com": "windsurf",
    "codex@openai.com": "codex",
    "copilot@github.com": "copilot",
    "github.copilot@github.com": "copilot",
    "cursoragent@cursor.com": "cursor",
    "agent@continue.dev": "continue",
    "noreply@continue.dev": "continue",
    "junie@jetbrains.com": "junie",
    "noreply@opencode.ai": "opencode",
    "openhands@all-hands.dev": "openhands",
    "qwen-coder@alibabacloud.com": "qwen",
    "glm@z.ai": OTHER,
    "oz-agent@warp.dev": OTHER,
    "noreply@openai.com": OTHER,
}
"""Addresses that only a tool writes. Those of a vendor's employees are not among them."""
