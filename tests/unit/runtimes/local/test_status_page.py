from html.parser import HTMLParser

import pytest

from runtimes.local import server, status_page
from runtimes.local.health import Health
from runtimes.local.live_dashboard import Look
from runtimes.local.status_page import is_foreign_page, is_local_request

PAGE = b"<!doctype html><p>Ours"


def respond(look: Look = status_page.NOTHING, **environ: str) -> tuple[str, dict[str, str], str]:
    """Return status, headers and body of the response to GET /."""
    responses: list[tuple[str, list[tuple[str, str]]]] = []
    request_environ = {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": "/",
        "HTTP_HOST": "127.0.0.1:8080",
        "REMOTE_ADDR": "127.0.0.1",
        **environ,
    }
    [body] = server.App(Health(), lambda: look)(
        request_environ, lambda status, headers: responses.append((status, headers))
    )
    [(status, headers)] = responses
    return status, dict(headers), body.decode()


def visible(html: str) -> str:
    """Return the visible text in one line."""
    texts: list[str] = []
    parser = HTMLParser()
    parser.handle_data = texts.append  # type: ignore[method-assign]
    parser.feed(html)
    return " ".join(" ".join(texts).split())


def test_the_dashboard_is_served_unchanged_with_strict_headers() -> None:
    status, headers, body = respond(Look(PAGE, "", building=False))
    assert (status, body.encode()) == ("200 OK", PAGE)
    assert headers == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(PAGE)),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; script-src 'unsafe-inline'",
    }


def test_without_records_the_page_has_next_steps_health_and_refresh() -> None:
    status, headers, body = respond()
    assert (status, headers["Refresh"], "script-src" in headers["Content-Security-Policy"]) == ("200 OK", "2", False)
    text = visible(body)
    assert "There are no records yet." in text
    assert [command for _, command in status_page.NEXT if command not in text] == []
    assert "accepted 0 ignored 0 rejected 0 queued 0 processed 0 failed 0 records 0" in text


@pytest.mark.parametrize(
    ("look", "text"),
    [
        (Look(None, "", building=True), "The dashboard is being made."),
        (Look(None, "1 of 2 files are merged", building=True), "The dashboard is being made. 1 of 2 files are merged"),
        (Look(None, "There is no dashboard: <b>", building=False), "There is no dashboard: <b>"),
    ],
)
def test_without_a_page_the_reason_is_shown(look: Look, text: str) -> None:
    page_text = visible(respond(look)[2])
    assert text in page_text
    assert "What to do next" not in page_text


LOCAL_HOSTS = ["localhost:8080", "LOCALHOST", "127.0.0.1:8080", "127.0.0.1", "[::1]:8080", "[::1]", "192.168.1.5:80"]


@pytest.mark.parametrize("host", LOCAL_HOSTS)
def test_by_address_or_localhost_the_dashboard_is_shown(host: str) -> None:
    assert is_local_request({"HTTP_HOST": host, "REMOTE_ADDR": "127.0.0.1"})


@pytest.mark.parametrize("host", ["abc.trycloudflare.com", "evil.example:8080", "localhost.evil.example", "", "::evil"])
def test_by_any_other_host_name_the_dashboard_is_refused(host: str) -> None:
    _, _, body = respond(Look(PAGE, "", building=False), HTTP_HOST=host)
    assert ("Ours" in body, "on the machine itself only" in body) == (False, True)


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED"])
def test_a_request_through_a_tunnel_is_not_local(header: str) -> None:
    headers = {header: "203.0.113.7"}
    assert not is_local_request({"HTTP_HOST": "127.0.0.1:8080", "REMOTE_ADDR": "127.0.0.1", **headers})


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"HTTP_ORIGIN": "https://evil.example"}, True),
        ({"HTTP_ORIGIN": "null"}, True),
        ({"HTTP_ORIGIN": ""}, True),
        ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_DEST": "empty"}, True),
        ({"HTTP_SEC_FETCH_SITE": "same-site", "HTTP_SEC_FETCH_DEST": "image"}, True),
        ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_DEST": "iframe"}, True),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, True),
        ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_DEST": "document"}, False),
        ({"HTTP_SEC_FETCH_SITE": "none", "HTTP_SEC_FETCH_DEST": "document"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_SEC_FETCH_DEST": "empty"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_SEC_FETCH_DEST": "empty", "HTTP_HOST": "evil.example"}, True),
    ],
)
def test_a_page_of_another_origin_is_recognized_by_its_headers(headers: dict[str, str], foreign: bool) -> None:  # noqa: FBT001
    assert is_foreign_page({"HTTP_HOST": "127.0.0.1:8080", "REMOTE_ADDR": "127.0.0.1", **headers}) is foreign


def test_a_page_of_another_origin_gets_neither_the_dashboard_nor_counts() -> None:
    status, _, body = respond(Look(PAGE, "", building=False), HTTP_ORIGIN="https://evil.example")
    assert (status[:3], "Ours" in body) == ("403", False)


def test_a_peer_without_an_address_is_not_local() -> None:
    assert not is_local_request({"HTTP_HOST": "127.0.0.1:8080"})
