"""Types the factory of boto3 clients: each service of AWS has a client type of its own."""

from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient


class ClientFactory(Protocol):
    """Returns the boto3 client of a service, for one account and region. Raises TargetError."""

    @overload
    def __call__(self, service: Literal["apigatewayv2"], /) -> "ApiGatewayV2Client": ...
    @overload
    def __call__(self, service: Literal["athena", "cloudwatch", "glue"], /) -> Any: ...  # no stubs are installed
    @overload
    def __call__(self, service: Literal["iam"], /) -> "IAMClient": ...
    @overload
    def __call__(self, service: Literal["lambda"], /) -> "LambdaClient": ...
    @overload
    def __call__(self, service: Literal["logs"], /) -> "CloudWatchLogsClient": ...
    @overload
    def __call__(self, service: Literal["s3"], /) -> "S3Client": ...
    @overload
    def __call__(self, service: Literal["scheduler"], /) -> "EventBridgeSchedulerClient": ...
    @overload
    def __call__(self, service: Literal["sqs"], /) -> "SQSClient": ...
    @overload
    def __call__(self, service: Literal["ssm"], /) -> "SSMClient": ...
    @overload
    def __call__(self, service: Literal["sts"], /) -> "STSClient": ...
