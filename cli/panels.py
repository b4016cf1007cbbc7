"""Names the panels of `telemetry --help`, in their order; each command's module says in which one it is."""

from enum import StrEnum


class Panel(StrEnum):
    """What a command is for."""

    SEE = "See the numbers"
    RUN = "Run on this machine"
    SET_UP = "Set up"
    DEPLOY = "Deploy to a cloud"
    OPERATE = "Operate"
