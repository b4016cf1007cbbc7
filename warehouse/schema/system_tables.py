"""Define the tables that belong to no metric: the ledger, the rejects, and how far each source is merged."""

from warehouse.schema.columns import BIGINT, DATE, TIMESTAMP, VARCHAR, Column, SystemTable

LEDGER = SystemTable(
    "ledger",
    "The deliveries of each webhook and day, and their outcomes: the files of the job `ledger`.",
    (
        Column("day", DATE, "The UTC day."),
        Column("webhook", VARCHAR, "The webhook: the name of the ledger file."),
        Column(
            "owner", VARCHAR, "The owner of the webhook: an organisation, a repository `OWNER/NAME`, or a GitHub App."
        ),
        Column("sent", BIGINT, "Events that GitHub sent, counted once however many attempts."),
        Column("ignored", BIGINT, "Events that no metric uses."),
        Column("accepted", BIGINT, "Events that were accepted at any attempt (202)."),
        Column("stored", BIGINT, "Events with a receipt, including those of `failed`."),
        Column("recovered", BIGINT, "Stored events that the job `recover` fetched."),
        Column("failed", BIGINT, "Stored events that can never be processed."),
    ),
    ("day", "webhook"),
)
LEDGER_MISSING = SystemTable(
    "ledger_missing",
    "Each delivery of a wanted event that has no receipt, with the reason.",
    (
        Column("day", DATE, "The UTC day."),
        Column("webhook", VARCHAR, "The webhook."),
        Column("delivery_id", BIGINT, "GitHub's id of the last attempt."),
        Column("guid", VARCHAR, "`X-GitHub-Delivery`, identical for all attempts."),
        Column("event", VARCHAR, "GitHub's name of the event."),
        Column("status_code", BIGINT, "The status code of the last attempt; 0 without a response."),
        Column("reason", VARCHAR, "Why the receipt is missing."),
    ),
    ("day", "webhook", "guid"),
)
REJECTS = SystemTable(
    "rejects",
    "Files that are not records, with the reason. A file that is read again is validated again.",
    (
        Column("source", VARCHAR, "The source of the file."),
        Column("path", VARCHAR, "The path in the source."),
        Column("reason", VARCHAR, "Why the file was rejected."),
        Column("seen_at", TIMESTAMP, "When the file was read."),
    ),
    ("source", "path"),
)
SOURCES = SystemTable(
    "sources",
    "The merged sources and their cursors.",
    (
        Column("source", VARCHAR, "A folder, a branch or a bucket."),
        Column("cursor", VARCHAR, "The cursor of the store; null: the source must be read from the beginning."),
        Column("url", VARCHAR, "The address of the source's files on GitHub; null if they are not there."),
    ),
    ("source",),
)
LAYOUT_TABLE = SystemTable(
    "layout",
    "The layout of this file, by which a later version decides whether to rebuild it.",
    (
        Column("number", BIGINT, "Increased with each change of meaning."),
        Column("fingerprint", VARCHAR, "The hash of all tables and their columns."),
    ),
    ("number",),
)
SYSTEM_TABLES = (LEDGER, LEDGER_MISSING, REJECTS, SOURCES, LAYOUT_TABLE)
