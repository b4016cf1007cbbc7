"""Merged pull requests of the sizes that GitHub sends: each account and repository with all the links it has there."""

import json
from pathlib import Path
from typing import Any

from core.webhook import sign

SECRET = "It's a Secret to Everybody"  # noqa: S105 (of GitHub's own documentation)
_WEBHOOKS = Path(__file__).parents[1] / "tests" / "webhooks"
_LONGEST_TEXT = 20_000
_USER_LINKS = (
    "followers following{/other_user} gists{/gist_id} starred{/owner}{/repo} subscriptions orgs repos "
    "events{/privacy} received_events"
)
_REPO_LINKS = (
    "forks keys{/key_id} collaborators{/collaborator} teams hooks issues/events{/number} events assignees{/user} "
    "branches{/branch} tags git/blobs{/sha} git/tags{/sha} git/refs{/sha} git/trees{/sha} statuses/{sha} languages "
    "stargazers contributors subscribers subscription commits{/sha} git/commits{/sha} comments{/number} "
    "issues/comments{/number} contents/{+path} compare/{base}...{head} merges {archive_format}{/ref} downloads "
    "issues{/number} pulls{/number} milestones{/number} notifications{?since,all,participating} labels{/name} "
    "releases{/id} deployments"
)
_WORDS = "This moves the check in front of the parser, so that nothing unsigned is looked at. See also #41.\r\n"


def webhook(name: str) -> dict[str, Any]:
    """Return the payload of tests/webhooks/NAME.json."""
    payload: dict[str, Any] = json.loads((_WEBHOOKS / f"{name}.json").read_text())
    return payload


def merged_pull_request(size: int) -> bytes:
    """Return a payload of about `size` bytes, with a longer description, then more labels and reviewers."""
    payload = webhook("pull_request_merged")
    pull = payload["pull_request"]
    for side in ("head", "base"):
        pull[side]["repo"] = json.loads(json.dumps(payload["repository"]))
    _with_links(payload)
    pull["labels"], pull["requested_reviewers"], pull["assignees"] = [], [], [_account(7)]
    missing = size - len(json.dumps(payload))
    pull["body"] = (_WORDS * 300)[: max(0, min(missing, _LONGEST_TEXT))]
    pair = len(json.dumps([_label(1), _account(1)]))
    for number in range(max(0, (size - len(json.dumps(payload))) // pair)):
        pull["labels"].append(_label(number))
        pull["requested_reviewers"].append(_account(number))
    return json.dumps(payload, ensure_ascii=False).encode()


def delivery(body: bytes, event: str = "pull_request") -> dict[str, Any]:
    """Return a delivery as an event of API Gateway, payload format 2.0."""
    headers = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "x-github-hook-id": "292430182",
        "x-hub-signature-256": sign(body, SECRET),
        "user-agent": "GitHub-Hookshot/044aadd",
    }
    return {"version": "2.0", "headers": headers, "body": body.decode(), "isBase64Encoded": False}


def _with_links(value: Any) -> None:
    """Add the links that GitHub sends to every account and repository inside `value`."""
    if isinstance(value, list):
        for item in value:
            _with_links(item)
    if isinstance(value, dict):
        for item in list(value.values()):
            _with_links(item)
        if "login" in value and "type" in value:
            value |= {**_account(value["id"]), **value}
        if "full_name" in value:
            value |= {**_links(f"repos/{value['full_name']}", _REPO_LINKS), **value}


def _account(number: int) -> dict[str, Any]:
    name = f"octo-person-{number}"
    links = _links(f"users/{name}", _USER_LINKS)
    own = {"login": name, "id": 21_031_067 + number, "node_id": f"MDQ6VXNlcjIxMDMx{number:04}", "gravatar_id": ""}
    return {**own, **links, "type": "User", "site_admin": False}


def _label(number: int) -> dict[str, Any]:
    name = f"area: part {number}"
    url = f"https://api.github.com/repos/octo-org/hello-world/labels/area:%20part%20{number}"
    text = "Whoever reviews it should know this part"
    own = {"id": 208_045_946 + number, "node_id": f"MDU6TGFiZWwyMDgwND{number:04}", "url": url, "name": name}
    return {**own, "color": "f29513", "default": False, "description": text}


def _links(path: str, links: str) -> dict[str, str]:
    names = {link: link.partition("{")[0].strip("/").replace("/", "_") for link in links.split()}
    return {f"{name or 'archive'}_url": f"https://api.github.com/{path}/{link}" for link, name in names.items()}
