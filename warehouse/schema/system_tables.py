"""Define the tables that belong to no metric: the ledger, the rejects, and how far each source is merged."""

from warehouse.schema.columns import DAY, TEXT, TIME, WHOLE, Column, SystemTable

LEDGER = SystemTable(
    "ledger",
    "The deliveries of each webhook and day, and their outcomes: the files of the job `ledger`.",
    (
        Column("day", DAY, "The UTC day."),
        Column("webhook", TEXT, "The webhook: the name of the ledger file."),
        Column("owner", TEXT, "The owner of the webhook: an organisation, a repository `OWNER/NAME`, or a GitHub App."),
        Column("sent", WHOLE, "Events that GitHub sent, counted once however many attempts."),
        Column("ignored", WHOLE, "Events that no metric uses."),
        Column("accepted", WHOLE, "Events that were accepted at any attempt (202)."),
        Column("stored", WHOLE, "Events with a receipt, including those of `failed`."),
        Column("recovered", WHOLE, "Stored events that the job `recover` fetched."),
        Column("failed", WHOLE, "Stored events that can never be processed."),
    ),
    ("day", "webhook"),
)
LEDGER_MISSING = SystemTable(
    "ledger_missing",
    "Each delivery of a wanted event that has no receipt, with the reason.",
    (
        Column("day", DAY, "The UTC day."),
        Column("webhook", TEXT, "The webhook."),
        Column("delivery_id", WHOLE, "GitHub's id of the last attempt."),
        Column("guid", TEXT, "`X-GitHub-Delivery`, identical for all attempts."),
        Column("event", TEXT, "GitHub's name of the event."),
        Column("status_code", WHOLE, "The status code of the last attempt; 0 without a response."),
        Column("reason", TEXT, "Why the receipt is missing."),
    ),
    ("day", "webhook", "guid"),
)
REJECTS = SystemTable(
    "rejects",
    "Files that are not records, with the reason. A file that is read again is validated again.",
    (
        Column("source", TEXT, "The source of the file."),
        Column("path", TEXT, "The path in the source."),
        Column("reason", TEXT, "Why the file was rejected."),
        Column("seen_at", TIME, "When the file was read."),
    ),
    ("source", "path"),
)
SOURCES = SystemTable(
    "sources",
    "The merged sources and their cursors.",
    (
        Column("source", TEXT, "A folder, a branch or a bucket."),
        Column("cursor", TEXT, "The cursor of the store; null: the source must be read from the beginning."),
    ),
    ("source",),
)
LAYOUT_TABLE = SystemTable(
    "layout",
    "The layout of this file, by which a later version decides whether to rebuild it.",
    (
        Column("number", WHOLE, "Increased with each change of meaning."),
        Column("fingerprint", TEXT, "The hash of all tables and their columns."),
    ),
    ("number",),
)
SYSTEM_TABLES = (LEDGER, LEDGER_MISSING, REJECTS, SOURCES, LAYOUT_TABLE)
