"""Reads source repositories: all pages of a list, a file or None. The transport is injected.

Each failure has one consequence for the event. A transient one (time-out, closed connection, 5xx, 429, a rate limit, a
response that is not JSON) is TransientReadError: the event is retried. A token that has expired or lacks a permission is
for us to fix: Unavailable, and the event waits. A 404 is NotFound, which is transient for a young event only
(core/collect_metrics.py). Anything else can never succeed: PermanentError.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import parse_qsl, quote, urlsplit

import requests

from core.errors import NotFound, RefNotFound, ResponseTooLarge, TransientReadError
from core.github.absent_files import is_absent, names_in
from core.github.api import JSON, RAW, GitHubApi, TokenProvider, TransportError
from core.github.bounded_response import MOST_FILE, USUAL, Limits
from core.github.graphql import GraphQLClient
from core.github.read_errors import EMPTY, to_exception, transport_failure
from core.github.responses import check_size, decode_content, is_file, parse_json_response, raw_content, says
from core.github.same_api import resolve_url
from core.github.wrapped_list import MOST_PAGES, PER_PAGE, wrapped
from core.payload import Json
from core.secrets_cache import SOURCE_TOKEN

_DELIVERY = re.compile(r"/deliveries/[0-9]+$")
_DELIVERY_LIMITS = Limits(size=32 * 1024 * 1024, values=300_000)
"""A delivery's response contains its payload of up to 25 MB; they are read one after the other.
https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap"""


class GitHubClient:
    """Reads repositories with the source token; see GitHubApi for `api_url` and `anonymous`."""

    def __init__(
        self,
        session: requests.Session,
        secrets: TokenProvider,
        api_url: str,
        *,
        anonymous: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._api = GitHubApi(session, secrets, SOURCE_TOKEN, api_url, anonymous=anonymous, now=now)
        self._graphql = GraphQLClient(self._api)

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Yield every item of every page of a list. Raises TransientReadError if a page is not a list of objects."""
        url = f"{self._api.url}{path}"
        query: Mapping[str, str] | None = {**(params or {}), "per_page": str(PER_PAGE)}
        seen: set[int] = set()
        while url:
            if hash(url) in seen:
                raise TransientReadError(f"GET {path}: its pages form a loop")
            if len(seen) == MOST_PAGES:
                raise ResponseTooLarge(f"GET {path}: more than {MOST_PAGES:,} pages")
            seen.add(hash(url))
            items, url = self._items(path, url, query)
            yield from items
            query = None

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        """Return one page of a list, and the parameters of the next page, or None if it is the last."""
        query = {**(params or {}), "per_page": str(PER_PAGE)}
        items, following = self._items(path, f"{self._api.url}{path}", query)
        return items, dict(parse_qsl(urlsplit(following).query)) if following else None

    def object(self, path: str) -> Json:
        """Return one object. Raises NotFound if there is none."""
        limits = _DELIVERY_LIMITS if _DELIVERY.search(path) else USUAL
        body = parse_json_response(self._get(f"{self._api.url}{path}", None, limits), limits.values)
        if type(body) is not dict:
            raise TransientReadError(f"GET {path}: the answer is no object")
        return body

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        """Return the data of a GraphQL query; see GraphQLClient."""
        return self._graphql.data(query, variables)

    def wrapped(self, path: str, items: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Yield every item of every page of a list that GitHub wraps in an object, as in Actions and Checks."""
        return wrapped(self, path, items, params)

    def repositories(self, owner: str | None = None) -> Iterator[Json]:
        """Yield all repositories that the source token can see, or only those that this person owns.

        A person's repositories are visible to the owner and to collaborators, so those of organizations are not listed:
        https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user
        """
        if owner is None:
            return self.pages("/user/repos")
        listed = self.pages("/user/repos", {"affiliation": "owner,collaborator"})
        return (item for item in listed if _login(item).lower() == owner.lower())

    def budget(self, path: str = "") -> float:  # noqa: ARG002 (one token serves every path)
        """Return the share of this hour's requests that remains, from 0 to 1: jobs leave some to live events.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        return self._api.budget

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """Return a file's content; None if there is none, or if it is a directory, a symlink or a submodule.

        The listing of its folder shows that there is none, which takes a further request. Raises NotFound if the listing does
        not show it, TransientReadError for a file that is listed, and RefNotFound if the repository lacks the ref. Raises
        ResponseTooLarge for a file over MOST_FILE bytes, by its listed size, before its content is requested.

        Beyond 1 MB GitHub sends the content only in the raw media type:
        https://docs.github.com/en/rest/repos/contents#get-repository-content
        """
        url = f"{self._api.url}/repos/{owner}/{repo}/contents/{quote(path)}"
        params = {} if ref is None else {"ref": ref}
        response = self._ask(url, params)
        if response.status_code == 404:
            contents = f"{self._api.url}/repos/{owner}/{repo}/contents"
            absent = says(response, EMPTY) or is_absent(path, lambda folder: self._names(contents, folder, params))
            if absent:
                return None
            if absent is False:
                raise TransientReadError(f"GET {urlsplit(url).path}: 404, although the file is listed")
            raise _not_found(url, RefNotFound if says(response, "no commit found") else NotFound)
        answer = parse_json_response(response)
        if not is_file(answer, path):
            return None
        check_size(answer, path)
        if answer.get("encoding") == "base64":
            return decode_content(answer, path)
        raw = self._ask(url, params, RAW, Limits(size=MOST_FILE))
        return raw_content(raw, path)

    def _names(self, contents: str, folder: str, params: Mapping[str, str]) -> list[str] | None:
        """Return the names in a folder; None if GitHub answers 404, or lists nothing in the root, where a commit has a file."""
        response = self._ask(f"{contents}/{quote(folder)}" if folder else contents, params)
        names = [] if response.status_code == 404 else names_in(parse_json_response(response))
        return names if names or (folder and response.status_code != 404) else None

    def _items(self, path: str, url: str, query: Mapping[str, str] | None) -> tuple[list[Json], str]:
        """Return a page's items, and the URL of the next page, empty for the last."""
        response = self._get(url, query)
        items = parse_json_response(response)
        if type(items) is not list or any(type(item) is not dict for item in items):
            raise TransientReadError(f"GET {path}: the answer is no list of objects")
        return items, self._next(response)

    def _next(self, response: requests.Response) -> str:
        """Return the URL of the next page, empty for the last. Raises TransientReadError for one that is not at our API."""
        target = response.links.get("next", {}).get("url")
        if not target:
            return ""
        url = resolve_url(self._api.url, response.url, target)
        if url is None:
            raise TransientReadError(f"GET {urlsplit(response.url).path}: the next page is not at our API")
        return url

    def _get(self, url: str, params: Mapping[str, str] | None, limits: Limits = USUAL) -> requests.Response:
        response = self._ask(url, params, limits=limits)
        if response.status_code == 404:
            raise _not_found(url)
        return response

    def _ask(
        self, url: str, params: Mapping[str, str] | None, accept: str = JSON, limits: Limits = USUAL
    ) -> requests.Response:
        """Return a successful response or a 404; raise for any other."""
        try:
            response = self._api.send("GET", url, params=params, accept=accept, limits=limits)
        except TransportError as error:
            raise transport_failure(self._api, error) from None
        if response.ok or response.status_code == 404:
            return response
        raise to_exception(self._api, response, f"GET {urlsplit(url).path}: {response.status_code}")


def _login(repository: Json) -> str:
    account = repository.get("owner")
    return str(account.get("login")) if type(account) is dict else ""


def _not_found(url: str, kind: type[NotFound] = NotFound) -> NotFound:
    return kind(f"GET {urlsplit(url).path}: 404")
