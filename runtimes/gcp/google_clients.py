"""Creates Google's own clients for the worker, the scheduled jobs and the command line, where start-up time matters less.

If gcloud's variables name an emulator, clients use plain HTTP without credentials; Pub/Sub's variable is PUBSUB_EMULATOR_HOST.
"""

from collections.abc import Mapping
from typing import Any

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import secretmanager
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from runtimes.gcp.pubsub_queue import PubSub
from runtimes.gcp.secretmanager_secrets import SecretManager


def secret_manager(environment: Mapping[str, str]) -> SecretManager:
    """Return a Secret Manager accessor."""
    return SecretManager(secret_manager_client(environment))


def secret_manager_client(environment: Mapping[str, str]) -> secretmanager.SecretManagerServiceClient:
    """Return a SecretManagerServiceClient."""
    override = environment.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", "").rstrip("/")
    if not override:
        return secretmanager.SecretManagerServiceClient()
    credentials: Any = AnonymousCredentials() if override.startswith("http://") else None  # type: ignore[no-untyped-call]
    return secretmanager.SecretManagerServiceClient(
        transport="rest", credentials=credentials, client_options={"api_endpoint": override}
    )


def pubsub(environment: Mapping[str, str], subscription: str) -> PubSub:
    """Return a Pub/Sub client for one subscription."""
    emulator = environment.get("PUBSUB_EMULATOR_HOST")
    if not emulator:
        return PubSub(PublisherClient(), SubscriberClient(), subscription)
    channel = grpc.insecure_channel(
        emulator, options=[("grpc.max_receive_message_length", -1)]
    )  # as in Google's own channel
    publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
    return PubSub(publisher, SubscriberClient(transport=SubscriberGrpcTransport(channel=channel)), subscription)
