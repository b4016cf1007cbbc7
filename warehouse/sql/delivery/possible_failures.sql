-- title: Possible failures
-- unit: count
-- statistic: sum
-- better: lower
-- source:
-- definition: Failed attempts that a change followed which was written after the failure and deployed within hotfix_hours.
--
-- One row per such attempt of deployment_attempts_failed, with its value and certainty: it may have been a failed change.
WITH followed AS (
  SELECT DISTINCT f.host, f.repository_key, f.environment, f.item
  FROM deployment_attempts_failed AS f
  JOIN catalog AS c ON c.host = f.host AND c.repository_key = f.repository_key
  JOIN changes AS n
    ON n.host = f.host AND n.repository_key = f.repository_key AND n.environment = f.environment
    AND n.deployed_at > f.happened_at AND n.written_at > f.happened_at AND n.certainty <> 'unknown'
    AND DATE_DIFF('millisecond', f.happened_at, n.deployed_at) <= c.hotfix_hours * 3600000
)
SELECT
  f.host, f.repository_key, f.environment, f.happened_at, f.item, f.value,
  CASE WHEN f.value IS NULL THEN f.why ELSE 'a change followed' END AS why, f.record_id, f.path, f.certainty
FROM deployment_attempts_failed AS f
JOIN followed AS n
  ON n.host = f.host AND n.repository_key = f.repository_key AND n.environment = f.environment AND n.item = f.item
