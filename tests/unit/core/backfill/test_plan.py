from core.backfill.plan import reason_of, summarize
from core.errors import TransientReadError


def test_each_kind_has_its_first_reason_and_the_number_of_others() -> None:
    reasons = [("pull requests", "404"), ("tags", "502"), ("pull requests", "410"), ("pull requests", "422")]
    assert summarize(reasons) == ("pull requests: 404 (and 2 more)", "tags: 502")
    assert summarize([]) == ()


def test_only_our_own_errors_are_quoted() -> None:
    assert reason_of(TransientReadError("GET /x: 502")) == "GET /x: 502"
    assert reason_of(KeyError("a payload's text")) == "unexpected KeyError"
