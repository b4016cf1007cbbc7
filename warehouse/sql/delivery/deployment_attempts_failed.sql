-- title: Failed attempts to deploy
-- unit: count
-- statistic: sum
-- better: lower
-- source:
-- definition: Attempts to deploy to production that failed, were not cancelled and are no failed changes.
--
-- One row per attempt that never succeeded; value is 1, or null if it may have been cancelled, or may be no attempt of its own.
-- A failed change is an item of the change fail rate: so is each of them if failed_attempts (services.toml) is `count`.
SELECT
  a.host, a.repository_key, a.environment, a.failed_at AS happened_at, a.deployment AS item,
  CASE WHEN a.is_counted AND a.failure_certainty <> 'unknown' THEN CAST(1 AS DOUBLE) END AS value,
  CASE
    WHEN a.is_counted IS NULL THEN 'whether it is a deployment of its own is not known'
    WHEN a.failure_certainty = 'unknown' THEN 'whether it failed or was cancelled is not known'
    ELSE a.kind
  END AS why,
  COALESCE(a.failure_id, a.record_id) AS record_id, COALESCE(a.failure_path, a.path) AS path,
  CASE WHEN a.is_counted THEN a.failure_certainty ELSE 'unknown' END AS certainty
FROM attempts AS a
LEFT JOIN change_fail_rate AS r
  ON r.host = a.host AND r.repository_key = a.repository_key AND r.environment = a.environment
  AND r.item = a.deployment AND r.value = 1
WHERE a.failed_at IS NOT NULL AND r.item IS NULL
