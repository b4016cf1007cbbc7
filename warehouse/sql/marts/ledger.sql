-- ledger: the counts of each day and webhook.
SELECT CAST(day AS VARCHAR) AS day, webhook, owner, sent, accepted, stored, recovered FROM ledger
