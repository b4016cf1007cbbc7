"""Section 9: which environments are production."""

import re
from typing import Any

YES = re.compile(r"(?i)(^|[^a-z])(prod|production|live)([^a-z]|$)")
NO = re.compile(
    r"(?i)(^|[^a-z])(pre|non|not|no|preview|pr|pull|review|branch|staging|stage|test|dev|sandbox)([^a-z]|$)"
)


def is_production(name: str, flags: dict[str, Any], pattern: str | None = None) -> bool:
    """Return whether an environment is production.

    "`transient_environment` true: no. `production_environment` **true**: yes (false says nothing …). Else by name …"
    A pattern of the user's own in services.toml decides alone.
    """
    if pattern is not None:
        return re.search(pattern, name) is not None
    if flags.get("transient_environment") is True:
        return False
    if flags.get("production_environment") is True:
        return True
    return bool(YES.search(name)) and not NO.search(name)
