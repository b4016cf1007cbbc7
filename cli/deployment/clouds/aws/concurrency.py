"""Checks before a deployment how many functions an account may run at once in a region.

New accounts have a reduced quota, such as 10 instead of 1,000, which AWS raises with usage or on request:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. So nothing here reserves concurrency: a reservation must leave
100 to all other functions, https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.cloud import TargetError
from runtimes.aws.ssm_secrets import error_code

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_lambda import LambdaClient

NEEDED = 7
"""Functions at once: the webhook, two batches of each of two queues (queue.max_concurrency), a job and the canary."""
BURST = 500
"""Deliveries that the HTTP API accepts at once: the default of webhook.burst."""
_REMEDY = "request a higher quota of `Concurrent executions` for Lambda in Service Quotas"


def check_concurrency(functions: "LambdaClient") -> Iterator[str]:
    """Yield a message about a low quota, or that it could not be read. Raises TargetError if a deployment could not run."""
    try:
        limits = functions.get_account_settings()["AccountLimit"]
    except (BotoCoreError, ClientError) as error:
        yield f"the quota of concurrent executions was not checked: lambda:GetAccountSettings: {error_code(error)}"
        return
    free, region = limits["UnreservedConcurrentExecutions"], functions.meta.region_name
    quota = f"Lambda may run {free} unreserved functions at once in {region} (the account's quota is {limits['ConcurrentExecutions']})"
    if free < NEEDED:
        raise TargetError(f"{quota}, and a deployment needs {NEEDED}: {_REMEDY}")
    if free < BURST:
        yield f"{quota}: a burst of more deliveries is refused, and GitHub shows them as failed; {_REMEDY}, or lower webhook.burst"
