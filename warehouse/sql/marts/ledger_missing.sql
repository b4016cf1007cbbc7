-- ledger_missing: the deliveries that the ledger lists as missing.
SELECT CAST(day AS VARCHAR) AS day, webhook, guid, event, reason FROM ledger_missing
