"""Define the tables that belong to no metric: the ledger, the rejects, and how far each source is merged."""

from warehouse.schema.columns import DAY, TEXT, TIME, WHOLE, Column, SystemTable

LEDGER = SystemTable(
    "ledger",
    "What GitHub sent to each webhook, day by day, and what became of it: the files of the job `ledger`.",
    (
        Column("day", DAY, "The UTC day."),
        Column("webhook", TEXT, "Which webhook: the name of the ledger's file."),
        Column("owner", TEXT, "Whose webhook it is: an organisation, `OWNER/NAME` of a repository, or a GitHub App."),
        Column("sent", WHOLE, "Events that GitHub sent, each once, however often it was attempted."),
        Column("ignored", WHOLE, "Of no use to any metric."),
        Column("accepted", WHOLE, "Taken at an attempt (202)."),
        Column("stored", WHOLE, "With a receipt; those of `failed` too."),
        Column("recovered", WHOLE, "Of the stored, pulled by the job `recover`."),
        Column("failed", WHOLE, "Of the stored, such as can never be processed."),
    ),
    ("day", "webhook"),
)
LEDGER_MISSING = SystemTable(
    "ledger_missing",
    "Each delivery of a wanted event that has no receipt, with the reason.",
    (
        Column("day", DAY, "The UTC day."),
        Column("webhook", TEXT, "Which webhook."),
        Column("delivery_id", WHOLE, "GitHub's number of its last attempt."),
        Column("guid", TEXT, "`X-GitHub-Delivery`, the same at every attempt."),
        Column("event", TEXT, "GitHub's name of the event."),
        Column("status_code", WHOLE, "The answer to its last attempt; 0 where there was none."),
        Column("reason", TEXT, "Why it is not there."),
    ),
    ("day", "webhook", "guid"),
)
REJECTS = SystemTable(
    "rejects",
    "Files that are no records, each with the reason. One that is read anew is judged anew.",
    (
        Column("source", TEXT, "Where it was read from."),
        Column("path", TEXT, "Its path in there."),
        Column("reason", TEXT, "What is wrong with it."),
        Column("seen_at", TIME, "When it was read."),
    ),
    ("source", "path"),
)
SOURCES = SystemTable(
    "sources",
    "What was merged, and how far.",
    (
        Column("source", TEXT, "A folder, a branch or a bucket."),
        Column("cursor", TEXT, "How far, in the words of that store; null: it is to be read from the beginning."),
    ),
    ("source",),
)
LAYOUT_TABLE = SystemTable(
    "layout",
    "By which a later version knows whether it can go on with this file; else it makes it anew.",
    (
        Column("number", WHOLE, "Counted up with each change of meaning."),
        Column("fingerprint", TEXT, "Of all tables and their columns."),
    ),
    ("number",),
)
OWN_TABLES = (LEDGER, LEDGER_MISSING, REJECTS, SOURCES, LAYOUT_TABLE)
