"""Finds which AI assistants a commit message or the description of a pull request names as having helped.

Counted is what a tool or its user writes to declare it: a trailer (`Co-authored-by`, `Assisted-by`, `Made-with`), a generated
footer, or a link to the tool's session. Prose that mentions a tool does not count, nor does a review or a summary by one.
The forms are those of 2025 and 2026, in tests/unit/core/assistants_messages.json, each with its page. Whoever switches the
declaration off is not found: https://code.claude.com/docs/en/settings, https://aider.chat/docs/git.html,
https://docs.kernel.org/process/coding-assistants.html.
"""

import re
from itertools import islice

from core.ai_accounts import AI_ACCOUNTS, AI_ADDRESSES, OTHER
from core.visible_text import visible_text, without_details

_AT_MOST = 200
"""Trailers and footers of one text that are looked at."""
_TRAILER = (
    r"\n[ \t]{0,3}[^\w\n\[(<@#`>/*+-]{0,6}(co-authored|co-developed|signed-off|authored|"
    r"[a-z-]{0,12}?generated|[a-z-]{0,12}?assisted|written|drafted|created|made|built|coded)[- ](?:by|with)"
    r"[ \t]?:[ \t]*([^\n]{1,300})"
)
_FOOTER = (
    r"\n[ \t]{0,3}(?:_|[^\w\n\[`>/]){0,6}(?:disclosure: )?"
    r"(?:(?:this |the )(?:commit|pr|pull request|change|patch) (?:was|is|has been) )?(?:partially |mostly |fully )?"
    r"(?:(generated|made|created|written|built|developed|implemented|drafted|co-authored|coded|produced|authored)"
    r" (with|by|using|in|via)|assisted (by))"
    r"(?: the)?(?: help (?:of|from)| assistance (?:of|from|by)| aid of)?(?: yours truly:?)? ([^\n]{1,200})"
)
_SESSIONS = (
    ("claude", "claude.ai/code/session_"),
    ("devin", "app.devin.ai/sessions/"),
    ("jules", "jules.google.com/task/"),
    ("codex", "chatgpt.com/codex/tasks/"),
    ("codex", "chatgpt.com/s/cd_"),
    ("cursor", "cursor.com/agents/bc-"),
    ("cursor", "cursor.com/agents?id=bc-"),
    ("cursor", "cursor.com/background-agent?bcid="),
    ("amp", "ampcode.com/threads/t-"),
    ("opencode", "opencode.ai/s/"),
    ("openhands", "app.all-hands.dev/conversations/"),
    ("claude", "[this is claude code on behalf of"),
)
_MARKERS = (("cursor", "<!-- cursor_agent_pr_body_begin -->"), ("copilot", "<!-- start copilot coding agent"))
"""Comments that an agent leaves in the description that it writes."""
_REVIEWERS = {"coderabbitai[bot]": OTHER, "cubic-dev-ai[bot]": OTHER}
"""Apps that review, and whose suggestions are committed; they open no pull requests, so they are bots and not agents."""
_MODELS = (
    r"(?:gpt[ -]?[0-9]|gpt-oss|glm[ -]?[0-9]|deepseek|kimi[ -]k[0-9]|grok[ -]?(?:code|[0-9])|mistral vibe|devstral"
    r"|llama[ -]?[0-9]|minimax[ -]m[0-9]|qwen[ -]?[0-9]|opus [0-9]|sonnet [0-9]|openai\b|chatgpt\b|coderabbit|posthog code\b)"
)
_NAMES = (
    ("aider", r"aider\b"),
    ("amazon-q", r"amazon q\b"),
    ("amp", r"sourcegraph amp\b|amp agent\b|ampcode\b"),
    ("augment", r"augment ?(?:code|agent)\b"),
    ("claude", r"(?:anthropic )?claude(?:[ -]code\b|[ -](?:opus|sonnet|haiku|fable)\b|[ :-]?[0-9]|:)"),
    ("cline", r"cline (?:cloud )?(?:agent|bot|cli)\b"),
    ("codex", r"(?:openai |gpt |chatgpt )?codex\b"),
    ("continue", r"continue agent\b"),
    ("copilot", r"(?:github |microsoft )?copilot\b"),
    ("cursor", r"cursor\b(?! bugbot)"),
    ("devin", r"devin ai\b|devin\.ai\b"),
    ("factory", r"factory[ -]droid\b|droid by factory\b"),
    ("gemini", r"(?:google )?gemini(?:[ -]?(?:cli(?!-robot)|code|pro|flash|assist|[0-9])|,? your friendly)"),
    ("goose", r"goose agent\b|block goose\b"),
    ("jules", r"google[ -](?:labs[ -])?jules\b"),
    ("junie", r"jetbrains junie\b|junie (?:by|agent)\b"),
    ("kiro", r"(?:amazon|aws) kiro\b|kiro (?:agent|cli|ide)\b"),
    ("opencode", r"opencode\b"),
    ("openhands", r"openhands\b"),
    ("qwen", r"qwen[ -]?(?:code|coder)\b"),
    ("roo", r"roo[ -]?code\b|roomote\b"),
    ("windsurf", r"windsurf\b|codeium cascade\b"),
    (OTHER, _MODELS),
)
"""What a name begins with; the first that fits. A name that persons have needs more: a model, a version, a maker."""
_SOME_AI = r"(?:an? )?(?:ai|llms?)(?: (?:assistance|assistant|help|tools?|agents?))?\W{0,3}"
"""The whole of a value that declares AI without a name."""
_AFTER_CURSOR = r"cursor(?: agent| ide| ai| cli)?(?:$|[.,;!)*](?:\s|$)| and | \()"
"""What may follow in a footer: `created with cursor.execute()` is about a database."""
_MORE = r"[ :-]?(?:agent|ai|app|cli|ide|editor|assistant|chat|code|v?[0-9.]+)?(?: agent)?\W*"
"""What may follow the name of a tool beside an ordinary address, which may be that of the person who used it."""
_FIRST_NAMES = {
    **{name: name for name in ("amp", "claude", "cline", "devin", "gemini", "goose", "jules", "junie", "kiro")},
    "cascade": "windsurf",
    "droid": "factory",
}
"""Names that persons have, too: tools only without an address of a person's."""
_TAGS = {
    "aider": "aider",
    "claude": "claude",
    "claude-code": "claude",
    "codex": "codex",
    "copilot": "copilot",
    "cursor": "cursor",
    "devin": "devin",
    "gemini": "gemini",
    "gemini-cli": "gemini",
    "github-copilot": "copilot",
    "opencode": "opencode",
}
"""What follows the `+` of a person's address, as in `mona+claude-code@example.com`."""
_LINKS = (
    ("claude", "claude.com/"),
    ("claude", "claude.ai/"),
    ("amp", "ampcode.com"),
    ("continue", "continue.dev"),
    ("cursor", "cursor.com)"),
    ("devin", "devin.ai"),
    ("jules", "jules.google"),
    ("opencode", "opencode.ai"),
)
"""Where a footer's link leads."""
ASSISTANTS = tuple(sorted({name for name, _ in _NAMES} | {account.assistant for account in AI_ACCOUNTS.values()}))
"""Every value that `assistants` can return."""


def assistants(text: str) -> list[str]:
    """Return the assistants that a text declares, sorted; empty if it declares none."""
    lower = "\n" + text.lower()
    found = {name for name, marker in _MARKERS if "\n" + marker in lower}
    lower = without_details(visible_text(lower))
    if "\n>" in lower:
        lower = re.sub(r"\n>[^\n]*", "\n", lower)
    if "://" in lower or "[this is" in lower:
        found |= {name for name, link in _SESSIONS if link in lower}
    if "by" in lower or "with" in lower:
        found |= _declared(lower)
    return sorted(found - {""})


def _declared(lower: str) -> set[str]:
    trailers = {match.groups() for match in islice(re.finditer(_TRAILER, lower), _AT_MOST)}
    footers = {match.groups("") for match in islice(re.finditer(_FOOTER, lower), _AT_MOST)}
    return {_of_trailer(*trailer) for trailer in trailers} | {_of_footer(*footer) for footer in footers}


def _of_trailer(word: str, value: str) -> str:
    """Return the assistant of one trailer; empty if it names a person, or a tool that is none."""
    name, _, rest = _plain(value).partition("<")
    address = rest.partition(">")[0].strip()
    by_address = _of_address(address) if address else ""
    if by_address and by_address != OTHER:
        return by_address
    named = _of_name(name)
    if named == OTHER and "(" in value:
        named = _of_name(_inside(value)) or OTHER
    if _is_of_a_person(address) and not by_address:
        form = next((form for tool, form in _NAMES if tool == named), "")
        is_tool = named in (OTHER, "claude", "gemini") or re.fullmatch(f"(?:{form}){_MORE}", _bare(name))
        return named if named and is_tool else ""
    if not named:
        named = _FIRST_NAMES.get(_bare(name), "")
    if not named and word.endswith(("assisted", "generated")):
        is_ai = not address and (re.fullmatch(_SOME_AI, _bare(name)) or "(model:" in value or "autonomous)" in value)
        named = OTHER if is_ai else ""
    return named or by_address


def _is_of_a_person(address: str) -> bool:
    """Return whether a person may have the address; nobody has one of `example.com`, https://www.rfc-editor.org/rfc/rfc2606."""
    local, at, host = address.partition("@")
    is_tool = local in ("noreply", "no-reply") or local.endswith("[bot]")
    return bool(at) and not is_tool and host not in ("example.com", "example.org")


def _of_footer(verb: str, preposition: str, _: str, value: str) -> str:
    """Return the assistant that the rest of a footer begins with, or that it links."""
    for name, link in _LINKS:
        if link in value[:150]:
            return name
    plain = _plain(value)
    named = _of_name(plain)
    if named == "cursor" and not re.match(_AFTER_CURSOR, plain):
        return ""
    if not named and (preposition != "by" or verb == "generated"):
        first = re.match(r"\W{0,8}([a-z]+)(?= and |[.,;!*]|\s*$)", plain)
        named = _FIRST_NAMES.get(first[1], "") if first else ""
    if not named and re.fullmatch(_SOME_AI, plain.partition(" and ")[0]):
        named = _of_name(_inside(value)) or OTHER
    return named


def _inside(value: str) -> str:
    """Return what is in the first parentheses; empty without any."""
    match = re.search(r"\(([^()]{1,100})\)", value)
    return match[1] if match else ""


def _of_name(name: str) -> str:
    start = re.sub(r"^[^a-z]{1,8}", "", name)
    return next((tool for tool, form in _NAMES if re.match(form, start)), "")


def _of_address(address: str) -> str:
    local, _, host = address.partition("@")
    if host == "users.noreply.github.com":
        login = local.partition("+")[2] or local
        account = AI_ACCOUNTS.get(login)
        return account.assistant if account else _REVIEWERS.get(login, "")
    return AI_ADDRESSES.get(address) or _TAGS.get(local.partition("+")[2] or (local if "-" in local else ""), "")


def _plain(value: str) -> str:
    """Return a value without the targets of links, without emphasis and without what is in parentheses."""
    value = re.sub(r"\[([^\]\n]{1,100})\]\([^)\n]{0,300}\)", r"\1", value)
    return re.sub(r" ?\([^()\n]{0,200}\)", "", value.replace("*", "").replace("_", "")).strip()


def _bare(name: str) -> str:
    return re.sub(r"^[^a-z]{1,8}|[^a-z0-9]{1,8}$", "", name.strip())
