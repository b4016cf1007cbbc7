"""The baseline of benchmarks/cold_start.py: a webhook function as one would write it with boto3, and nothing else.

It does what ours must do before a 202: read the secret, check the HMAC over the raw body, parse it, send it on.
"""

import hashlib
import hmac
import json
import os

import boto3

ssm = boto3.client("ssm")
sqs = boto3.client("sqs")


def handler(event, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001, D103 (as one would)
    body = event["body"].encode()
    parameter = f"/telemetry/{os.environ['ENVIRONMENT_ID']}/github-webhook-secret-token"
    secret = ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, event["headers"].get("x-hub-signature-256", "")):
        return {"statusCode": 401}
    message = {"event": event["headers"]["x-github-event"], "payload": json.loads(body)}
    sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(message))
    return {"statusCode": 202}
