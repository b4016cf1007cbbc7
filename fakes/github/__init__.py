"""A small, stateful fake of GitHub's REST API for the demo and the tests.

Responses follow GitHub's OpenAPI description (checked by tests/contract/test_github_openapi.py). Unsupported requests raise
UnknownRequest. Faults can be injected into later requests.
"""
