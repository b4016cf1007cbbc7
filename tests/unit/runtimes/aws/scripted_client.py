"""A client like those of boto3, whose only response a test sets."""

from typing import Any


class AwsError(Exception):
    """An error like botocore's, with a message that quotes the request."""

    def __init__(self, code: str) -> None:
        super().__init__(f"zebra {code}")
        self.response = {"Error": {"Code": code, "Message": "zebra"}}


class Client:
    """Responds like a boto3 client and records every call."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return call
