-- title: Cancelled attempts to deploy
-- unit: count
-- statistic: sum
-- better:
-- source:
-- definition: Attempts to deploy to production whose job or run was cancelled.
--
-- One row per attempt that never succeeded; value is 1, or null if it may be no attempt of its own.
SELECT
  host, repository_key, environment, cancelled_at AS happened_at, deployment AS item,
  CASE WHEN is_counted THEN CAST(1 AS DOUBLE) END AS value,
  CASE WHEN is_counted THEN kind ELSE 'whether it is a deployment of its own is not known' END AS why, record_id, path
FROM attempts WHERE cancelled_at IS NOT NULL
