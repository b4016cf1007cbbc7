"""Finds events that webhooks missed, in GitHub's REST API, and processes them as if webhooks had delivered them."""
