"""What webhooks have missed, found by walking GitHub's REST API, and fed to the same second half in the same shapes."""
