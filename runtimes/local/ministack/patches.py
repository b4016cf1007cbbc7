"""Fixes two responses of MiniStack. Loaded by server.py in the emulator's own Python, without our packages.

Terraform's AWS provider 5.x reads alarms by the query protocol, and MiniStack 1.5.33 omits most fields of an alarm from that
response (its JSON and CBOR responses are complete), so every second `terraform plan` would change every alarm. And a client that
repeats CreateSchedule because the first response was lost gets a conflict, while AWS recognizes the request by its ClientToken:
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html. If MiniStack's internals differ from that
version, nothing is changed.
"""

import re
from xml.sax.saxutils import escape

_NAMED = re.compile(r"<member><AlarmName>([^<]*)</AlarmName>.*?</member>", re.DOTALL)
_PLAIN = (
    "AlarmDescription",
    "Period",
    "Statistic",
    "ExtendedStatistic",
    "Unit",
    "TreatMissingData",
    "DatapointsToAlarm",
)
_LISTS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def apply() -> None:
    """Apply all patches; call this before MiniStack's application is imported."""
    complete_alarms()
    deduplicate_schedules()


def complete_alarms() -> None:
    """Make the query protocol return all fields of an alarm."""
    try:
        from ministack.services import cloudwatch  # noqa: PLC0415 (installed in the emulator's environment only)

        describe, alarms = cloudwatch._describe_alarms, cloudwatch._alarms  # noqa: SLF001 (there is no public hook)
    except (ImportError, AttributeError):
        return

    def described(params, cbor_data, is_cbor, is_json=False):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, FBT002
        answer = describe(params, cbor_data, is_cbor, is_json)
        if is_cbor or is_json or answer[0] != 200:
            return answer
        text = _NAMED.sub(lambda member: _complete(member, alarms), answer[2].decode())
        return answer[0], answer[1], text.encode()

    cloudwatch._describe_alarms = described  # noqa: SLF001 (there is no public hook)


def deduplicate_schedules() -> None:
    """Make CreateSchedule idempotent: a request that is repeated with its ClientToken returns the first response."""
    try:
        from ministack.services import scheduler  # noqa: PLC0415 (installed in the emulator's environment only)

        create, schedules = scheduler._create_schedule, scheduler._schedules  # noqa: SLF001 (there is no public hook)
    except (ImportError, AttributeError):
        return
    answers: dict[tuple[str, str, str], object] = {}

    def created(name, body):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        group = body.get("GroupName", "default")
        key = (group, name, body.get("ClientToken") or "")
        if key[2] and key in answers and f"{group}/{name}" in schedules:
            return answers[key]
        answer = create(name, body)
        if answer[0] == 200:
            answers[key] = answer
        return answer

    scheduler._create_schedule = created  # noqa: SLF001 (there is no public hook)


def _complete(member: "re.Match[str]", alarms: object) -> str:
    """Return one alarm's XML with the missing fields added."""
    alarm = alarms.get(member[1]) if hasattr(alarms, "get") else None
    if not isinstance(alarm, dict):
        return member[0]
    elements = [
        _element(name, alarm[name])
        for name in _PLAIN
        if alarm.get(name) not in (None, "") and f"<{name}>" not in member[0]
    ]
    elements += [f"<ActionsEnabled>{str(alarm.get('ActionsEnabled', True)).lower()}</ActionsEnabled>"]
    elements += [f"<{name}>{_members(alarm.get(name) or [])}</{name}>" for name in _LISTS]
    dimensions = [
        _element("Name", dimension["Name"]) + _element("Value", dimension["Value"])
        for dimension in alarm.get("Dimensions") or []
    ]
    elements += ["<Dimensions>", *(f"<member>{side}</member>" for side in dimensions), "</Dimensions>"]
    return member[0].removesuffix("</member>") + "".join(elements) + "</member>"


def _members(values: "list[str]") -> str:
    return "".join(_element("member", value) for value in values)


def _element(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>"
