"""Drops from a payload what no metric may need or see, before anything leaves the webhook's own memory.

URLs, free text, e-mail addresses, avatars, node ids, names of persons: none of it may reach the queue. A list of
what goes, not of what stays, so that a new metric touches no shared list; what stays is numbers, times, states,
refs, labels and logins. Of a title only GitHub's own words stay, those by which it begins that of a revert.
"""

from typing import Any

_DROPPED = frozenset(
    {
        # free text that people write, and that may hold anything
        "body",
        "body_html",
        "body_text",
        "message",
        "title",
        "display_title",
        "description",
        "text",
        "summary",
        "bio",
        "blog",
        "company",
        "location",
        "homepage",
        "topics",
        "custom_properties",
        "payload",
        "client_payload",
        "commit_message",
        "commit_title",
        "auto_merge",
        # persons, and what belongs to them
        "email",
        "emails",
        "gravatar_id",
        "node_id",
        "sender",
        "pusher",
        "author",
        "committer",
        "head_commit",
        "performed_via_github_app",
        "organization",
        "enterprise",
        # links
        "url",
        "href",
        "_links",
    }
)
_DROPPED_ENDS = ("_url", "_email")
REVERT = 'Revert "'
"""How GitHub begins the title of a pull request, or the message of a commit, that takes back another:
https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/reverting-a-pull-request
"""
_ACCOUNT = ("login", "id", "type")


DEEPEST = 100
"""Levels of nesting; GitHub's payloads have about ten. A limit of our own, as Python's differs between versions and callers."""


def scrub_payload(value: Any, levels: int = DEEPEST) -> Any:
    """A copy of parsed JSON without the dropped keys, at every depth; an account is its login, id and type.

    Raises ValueError if what stays is nested deeper than so many levels.
    """
    if not levels:
        raise ValueError("nested too deeply")
    if type(value) is dict:
        if "login" in value:
            return {
                key: scrub_payload(item, levels - 1) if type(item := value[key]) is dict or type(item) is list else item
                for key in _ACCOUNT
                if key in value
            }
        scrubbed = {
            key: scrub_payload(item, levels - 1) if type(item) is dict or type(item) is list else item
            for key, item in value.items()
            if key not in _DROPPED and not key.endswith(_DROPPED_ENDS)
        }
        if "title" in value and type(value["title"]) is str and value["title"].startswith(REVERT):
            scrubbed["title"] = REVERT
        return scrubbed
    if type(value) is list:
        return [scrub_payload(item, levels - 1) if type(item) is dict or type(item) is list else item for item in value]
    return value
