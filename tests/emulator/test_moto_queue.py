"""The contract of the queue, with SQS at another emulator than MiniStack."""

import pytest

from runtimes.local.wiring import Clients
from tests.contract.test_queue import *  # noqa: F403 (all tests of the contract run here, too)
from tests.contract.test_queue import Harness, sqs, sqs_without_boto3


@pytest.fixture
def emulator(moto: Clients) -> Clients:
    return moto


@pytest.fixture(params=[sqs, sqs_without_boto3], ids=lambda backend: backend.__name__)
def harness(request: pytest.FixtureRequest) -> Harness:
    harness: Harness = request.param(request)
    return harness
