"""Names the variable that sets each secret on this machine."""

from core.secrets_cache import APP_KEY, DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET

VARIABLES = {
    WEBHOOK_SECRET: "GITHUB_WEBHOOK_SECRET",
    SOURCE_TOKEN: "GITHUB_ACCESS_TOKEN",
    DATA_TOKEN: "REPO_WRITE_ACCESS_TOKEN",
    APP_KEY: "GITHUB_APP_PRIVATE_KEY",
}
"""The variable of each secret, by the secret's name."""
