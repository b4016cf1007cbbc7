"""Read GitHub's times for the demo's expectations, without the product's own parser."""

from datetime import UTC, datetime


def ms(text: str | None) -> int | None:
    """Return a time in UNIX ms; None for None."""
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)


def day(text: str) -> str:
    """Return the UTC day, YYYY-MM-DD."""
    return datetime.fromisoformat(text).astimezone(UTC).date().isoformat()


def elapsed(start: str | None, end: str | None, anomalies: list[str]) -> int | None:
    """Return the milliseconds between two times; None, and the anomaly once, if one is missing or they are out of order."""
    first, last = ms(start), ms(end)
    if first is not None and last is not None and last >= first:
        return last - first
    anomaly = "missing_time" if first is None or last is None else "negative_duration"
    if anomaly not in anomalies:
        anomalies.append(anomaly)
    return None
