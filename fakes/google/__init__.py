"""Fakes of Pub/Sub, Secret Manager and the metadata server of Google Cloud, for tests and local runs without an account.

Google's own clients work with them unchanged, over gRPC and REST. Unsupported requests are answered with
501 UNIMPLEMENTED and raised as UnknownRequest at the end. Faults can be injected.
"""

from fakes.google.errors import LOST, UnknownRequest
from fakes.google.server import FakeGoogle

__all__ = ["LOST", "FakeGoogle", "UnknownRequest"]
