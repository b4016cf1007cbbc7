"""The clients of GitHub's REST API."""
