-- title: Failed deployment recovery time
-- unit: duration
-- statistic: median
-- better: lower
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: From a deployment that failed and needed immediate intervention to its recovery.
--
-- One row per failed deployment. value: ms, or null if no recovery is known yet. The recovery ends with the first
-- rollback, revert or hotfix; without one, with the last of its incidents, once all are closed.
WITH failed AS (
  SELECT
    host, repository_key, environment, deployment, MIN(reason) AS reason,
    MIN(CASE WHEN reason <> 'incident' THEN recovered_at END) AS fixed_at,
    CASE
      WHEN COUNT(CASE WHEN reason = 'incident' AND recovered_at IS NULL THEN 1 END) = 0
      THEN MAX(CASE WHEN reason = 'incident' THEN recovered_at END)
    END AS closed_at
  FROM failures WHERE deployment IS NOT NULL
  GROUP BY host, repository_key, environment, deployment
),
timed AS (
  SELECT
    f.host, f.repository_key, f.environment, f.deployment, f.reason, a.record_id, a.path,
    COALESCE(a.deployed_at, a.failed_at) AS began_at, COALESCE(f.fixed_at, f.closed_at) AS recovered_at
  FROM failed AS f
  JOIN attempts AS a
    ON a.host = f.host AND a.repository_key = f.repository_key AND a.environment = f.environment
    AND a.deployment = f.deployment
)
SELECT
  host, repository_key, environment, began_at AS happened_at, deployment AS item,
  CASE
    WHEN recovered_at >= began_at THEN CAST(DATE_DIFF('millisecond', began_at, recovered_at) AS DOUBLE)
  END AS value,
  CASE
    WHEN recovered_at IS NULL THEN reason || ': not recovered yet, as far as is known'
    WHEN recovered_at < began_at THEN reason || ': recovered before it began'
    ELSE reason
  END AS why,
  record_id, path
FROM timed
