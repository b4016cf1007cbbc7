"""Removes from a payload everything that no metric may need or see, before it leaves the webhook's memory.

URLs, free text, e-mail addresses, avatars, node ids and names of persons must not reach the queue. The list names the
removed keys, not the remaining ones, so that a new metric edits no shared list. Numbers, times, states, refs, labels and
logins remain. Of a title only GitHub's own prefix of a revert remains.
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
        "issue_field_values",
        "payload",
        "client_payload",
        "commit_message",
        "commit_title",
        "external_id",
        "runner_name",
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
"""The beginning of the title of a pull request, or the message of a commit, that reverts another:
https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/reverting-a-pull-request
"""
_ACCOUNT = ("login", "id", "type")


DEEPEST = 100
"""Levels of nesting; GitHub's payloads have about ten. Our own limit, as Python's differs between versions and callers."""


def scrub_payload(value: Any, levels: int = DEEPEST) -> Any:
    """Return a copy of parsed JSON without the dropped keys, at every depth; of an account login, id and type remain.

    Raises ValueError if the result is nested deeper than `levels`.
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
        if "display_title" in value:
            # A run's name is its `run-name`, if the workflow has one, which may hold the title of a pull request; the workflow's
            # own name is in `workflow`. https://github.com/actions/runner/issues/4141
            scrubbed.pop("name", None)
        return scrubbed
    if type(value) is list:
        return [scrub_payload(item, levels - 1) if type(item) is dict or type(item) is list else item for item in value]
    return value
