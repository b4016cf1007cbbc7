"""Sets up a data repository and webhooks, and rotates the webhook secret."""
