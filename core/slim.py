"""Drops from a payload what no metric may need or see, before anything leaves the webhook's own memory.

URLs, free text, e-mail addresses, avatars, node ids, names of persons: none of it may reach the queue. A list of
what goes, not of what stays, so that a new metric touches no shared list; what stays is numbers, times, states,
refs, labels and logins.
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
        # persons, beyond the login and id that tell one from another
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
        "site_admin",
        "user_view_type",
        # links
        "url",
        "href",
        "_links",
    }
)


def slim(value: Any) -> Any:
    """A copy of parsed JSON without the dropped keys, at every depth."""
    if type(value) is dict:
        return {
            key: slim(item) if type(item) is dict or type(item) is list else item
            for key, item in value.items()
            if key not in _DROPPED and not key.endswith("_url")
        }
    if type(value) is list:
        return [slim(item) if type(item) is dict or type(item) is list else item for item in value]
    return value
