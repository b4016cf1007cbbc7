"""Pub/Sub, Secret Manager and the metadata server of Google Cloud, to test against and to run on: no account needed.

Google's own clients speak to them unchanged, by gRPC and REST, and so does whatever speaks plain HTTP. What nobody
taught them they answer with 501 UNIMPLEMENTED and raise as UnknownRequest at the end. Faults can be ordered.
"""

from fakes.google.errors import LOST, UnknownRequest
from fakes.google.server import FakeGoogle

__all__ = ["LOST", "FakeGoogle", "UnknownRequest"]
