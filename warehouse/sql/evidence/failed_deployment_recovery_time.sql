-- failed deployment recovery time: from a deployment that failed and needed immediate action to the one that mended it.
-- Median. https://dora.dev/guides/dora-metrics/ (2026-01-05): "the time it takes to recover from a deployment that
-- fails and requires immediate intervention".
-- One row per failed deployment. value: ms, or null where it has not recovered yet. Of several signs of one failure the
-- first that ended it counts.
WITH failed AS (
  SELECT
    host, repository_key, environment, deployment, MIN(recovered_at) AS recovered_at, MIN(reason) AS reason,
    MIN(signed_at) AS signed_at
  FROM failures WHERE deployment IS NOT NULL
  GROUP BY host, repository_key, environment, deployment
)
SELECT
  f.host, f.repository_key, f.environment, COALESCE(a.deployed_at, a.failed_at) AS at, f.deployment AS item,
  CAST(DATE_DIFF('millisecond', COALESCE(a.deployed_at, a.failed_at), f.recovered_at) AS DOUBLE) AS value,
  f.reason AS why, a.record_id, a.path
FROM failed AS f
JOIN attempts AS a
  ON a.host = f.host AND a.repository_key = f.repository_key AND a.environment = f.environment
  AND a.deployment = f.deployment
