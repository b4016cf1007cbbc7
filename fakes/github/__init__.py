"""A small, stateful GitHub to read sources from: the demo and the tests run on it.

It answers as GitHub does (tests/contract/test_github_openapi.py holds every answer against GitHub's own OpenAPI), and
raises UnknownRequest where it would have to guess. Faults can be ordered for the requests to come.
"""
