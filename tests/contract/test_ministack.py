"""What we repair in MiniStack, and lean on."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from runtimes.local import wiring

pytestmark = pytest.mark.emulator


def test_a_repeated_create_schedule_request_creates_one(emulator: wiring.Clients) -> None:
    scheduler = boto3.client(
        "scheduler",
        endpoint_url=emulator.sqs.meta.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    scheduler.create_schedule_group(Name="repaired")
    schedule = {
        "Name": "once",
        "GroupName": "repaired",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": "arn:aws:lambda:us-east-1:000000000000:function:x",
            "RoleArn": "arn:aws:iam::000000000000:role/x",
            "Input": json.dumps({}),
        },
    }
    first = scheduler.create_schedule(**schedule, ClientToken="one")
    assert scheduler.create_schedule(**schedule, ClientToken="one")["ScheduleArn"] == first["ScheduleArn"]
    with pytest.raises(ClientError, match="ConflictException"):
        scheduler.create_schedule(**schedule, ClientToken="another")
    scheduler.delete_schedule(Name="once", GroupName="repaired")
    scheduler.create_schedule(**schedule, ClientToken="one")
    assert [item["Name"] for item in scheduler.list_schedules(GroupName="repaired")["Schedules"]] == ["once"]
