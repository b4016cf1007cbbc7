import pytest

from core.errors import SecretMissing, Unavailable
from core.secrets_cache import SecretsCache, live_secrets, require_secret_value
from tests.builders import Clock
from tests.memory_adapters import MemorySecrets


def make_cache(value: str = "first") -> tuple[SecretsCache, MemorySecrets, Clock]:
    clock, source = Clock(0), MemorySecrets({"a": value, "b": "other"})
    return SecretsCache(source, monotonic=clock.seconds), source, clock


def test_a_secret_is_asked_for_once_in_five_minutes() -> None:
    cache, source, clock = make_cache()
    values = [cache.get("a")]
    source.values["a"] = "second"
    for pause in (299.9, 0.1, 299.9):
        clock.move(pause)
        values.append(cache.get("a"))
    assert (values, source.asked) == (["first", "first", "second", "second"], 2)


def test_each_secret_is_cached_separately() -> None:
    cache, source, _ = make_cache()
    assert [cache.get(name) for name in ("a", "b", "a", "b")] == ["first", "other", "first", "other"]
    assert source.asked == 2


def test_a_secret_past_its_age_is_not_believed_even_if_the_source_is_out() -> None:
    cache, source, clock = make_cache()
    cache.get("a")
    source.out = True
    clock.move(300)
    with pytest.raises(Unavailable):
        cache.get("a")


def test_a_cached_secret_survives_an_outage() -> None:
    cache, source, clock = make_cache()
    cache.get("a")
    source.out = True
    clock.move(299)
    assert cache.get("a") == "first"


def test_a_failure_is_not_remembered() -> None:
    cache, source, _ = make_cache()
    source.out = True
    with pytest.raises(Unavailable):
        cache.get("a")
    source.out = False
    assert cache.get("a") == "first"


def test_a_secret_that_does_not_exist_is_missing() -> None:
    cache, _, _ = make_cache()
    with pytest.raises(SecretMissing):
        cache.get("c")


def test_a_renewal_finds_a_changed_secret_and_remembers_it() -> None:
    cache, source, _ = make_cache()
    cache.get("a")
    source.values["a"] = "second"
    assert (cache.refresh("a", "first"), cache.get("a"), source.asked) == ("second", "second", 2)


def test_a_renewal_of_an_unchanged_secret_is_none() -> None:
    cache, source, _ = make_cache()
    cache.get("a")
    assert (cache.refresh("a", "first"), source.asked) == (None, 2)


def test_a_secret_is_renewed_at_most_every_30_seconds() -> None:
    cache, source, clock = make_cache()
    cache.get("a")
    cache.refresh("a", "first")
    source.values["a"] = "second"
    clock.move(29.9)
    too_early = cache.refresh("a", "first")
    clock.move(0.1)
    assert (too_early, cache.refresh("a", "first")) == (None, "second")


def test_renewals_of_different_secrets_do_not_hinder_one_another() -> None:
    cache, source, _ = make_cache()
    cache.get("a")
    cache.get("b")
    source.values |= {"a": "second", "b": "second"}
    assert (cache.refresh("a", "first"), cache.refresh("b", "other")) == ("second", "second")


def test_a_refresh_with_an_unavailable_source_keeps_the_secret() -> None:
    cache, source, clock = make_cache()
    cache.get("a")
    source.out = True
    failed = cache.refresh("a", "first")
    source.out = False
    source.values["a"] = "second"
    assert (failed, cache.refresh("a", "first"), cache.get("a")) == (None, None, "first")
    clock.move(30)
    assert cache.refresh("a", "first") == "second"


@pytest.mark.parametrize("value", [None, "", " ", "\n", "unset", " unset ", "unset\n"])
def test_an_empty_secret_or_the_placeholder_is_missing(value: str | None) -> None:
    with pytest.raises(SecretMissing, match=r"^the secret a is not set$"):
        require_secret_value("a", value)


@pytest.mark.parametrize(
    ("value", "secret"), [("x", "x"), (" x \n", "x"), ("x\ny", "x\ny"), ("unset-not", "unset-not")]
)
def test_a_secret_is_stripped(value: str, secret: str) -> None:
    assert require_secret_value("a", value) == secret


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ("one", ["one"]),
        ("new\nold", ["new", "old"]),
        (" new \r\n\r\n\told\n", ["new", "old"]),
        ("new\nunset\nold", ["new", "old"]),
        ("two words", ["two words"]),
        ("unset", []),
        ("", []),
        (" \n ", []),
    ],
)
def test_each_line_is_a_live_secret_but_blanks_and_placeholders(value: str, secrets: list[str]) -> None:
    assert live_secrets(value) == secrets
