"""Reads the facts of a payload's texts, before scrubbing removes the texts.

`pull_request` and `issue` each have their facts, as numbers and enumerations; other events have none.
"""

from typing import Any

from core.assistants import assistants
from core.payload import Json
from core.text_facts import closes, issue_facts, reverts, title_facts

LONGEST_TEXT = 100_000
"""Characters of a description that are read. GitHub allows 65,536: https://github.com/dependabot/dependabot-core/pull/4450"""


def text_facts_of(name: str, payload: Json) -> Json:
    """Return the facts of the texts of an event of GitHub, by the key of the payload's object.

    Without a title nothing is known of a pull request or an issue, and without a description only what the title says.
    """
    if name == "pull_request" and type(pull := payload.get("pull_request")) is dict and type(pull.get("title")) is str:
        return {"pull_request": _of_pull_request(pull, *_repository(payload))}
    if name == "issues" and type(issue := payload.get("issue")) is dict and type(issue.get("title")) is str:
        return {"issue": issue_facts(issue["title"], _body(issue) or "", *_repository(payload))}
    return {}


def _of_pull_request(pull: Json, owner: str, repo: str) -> Json:
    title, body, head = pull["title"], _body(pull), pull.get("head")
    head_ref = head.get("ref") if type(head) is dict else None
    known = title_facts(title)._asdict()
    if body is None:
        return {**known, "reverts_sha": None, "reverts_number": None, "closes": None, "assistants": None}
    return {
        **known,
        **reverts(title, body, head_ref if type(head_ref) is str else None, owner, repo)._asdict(),
        "closes": closes(f"{title}\n{body}", owner, repo),
        "assistants": assistants(body),
    }


def _body(item: Json) -> str | None:
    """Return the description; empty if GitHub says that there is none, None if it does not say."""
    body: Any = item.get("body", ...)
    if body is None:
        return ""
    return body[:LONGEST_TEXT] if type(body) is str else None


def _repository(payload: Json) -> tuple[str, str]:
    """Return owner and name; empty if the payload lacks them, so that only references without a repository count."""
    repository = payload.get("repository")
    if type(repository) is not dict:
        return "", ""
    owner, name = repository.get("owner"), repository.get("name")
    login = owner.get("login") if type(owner) is dict else None
    return login if type(login) is str else "", name if type(name) is str else ""
