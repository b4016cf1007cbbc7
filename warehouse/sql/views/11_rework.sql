-- rework: each deployment that was made because of a failure, or for which that is unknown (is_known false). Rework is
-- a rollback, a deployment with a revert of what failed, or the hotfix of a failed attempt. A deployment with a revert
-- that cannot be linked to a failure is unknown. A deployment during an open incident is rework if all its changes were
-- written after the incident was opened; otherwise it may have been planned, so it is unknown. After hotfix_hours an
-- incident no longer counts as the cause of a deployment.
WITH open AS (
  SELECT
    i.host, i.repository_key, i.environment, i.opened_at,
    CASE
      WHEN i.recovered_at < i.opened_at + c.hotfix_hours * INTERVAL '1' HOUR THEN i.recovered_at
      ELSE i.opened_at + c.hotfix_hours * INTERVAL '1' HOUR
    END AS until
  FROM incidents AS i
  JOIN catalog AS c ON c.host = i.host AND c.repository_key = i.repository_key
),
moments AS (
  SELECT
    host, repository_key, environment, opened_at AS happened_at, 1 AS after, opened_at, until,
    CAST(NULL AS VARCHAR) AS deployment
  FROM open
  UNION ALL
  SELECT
    host, repository_key, environment, deployed_at AS happened_at, 0 AS after, CAST(NULL AS TIMESTAMP) AS opened_at,
    CAST(NULL AS TIMESTAMP) AS until, deployment
  FROM deployments
),
followed AS (
  SELECT
    host, repository_key, environment, happened_at, deployment,
    MAX(opened_at) OVER (
      PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, after NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS opened_at,
    MAX(until) OVER (
      PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, after NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS until
  FROM moments
),
brought_times AS (
  SELECT
    host, repository_key, environment, deployment, MIN(written_at) AS oldest, COUNT(*) - COUNT(written_at) AS unknown
  FROM changes
  GROUP BY host, repository_key, environment, deployment
)
SELECT
  host, repository_key, environment, mended_by AS deployment, reason,
  deployment IS NOT NULL OR reason = 'rollback' AS is_known
FROM failures WHERE mended_by IS NOT NULL
UNION ALL
SELECT
  f.host, f.repository_key, f.environment, f.deployment, 'incident' AS reason,
  COALESCE(b.oldest > f.opened_at AND b.unknown = 0, FALSE) AS is_known
FROM followed AS f
LEFT JOIN brought_times AS b
  ON b.host = f.host AND b.repository_key = f.repository_key AND b.environment = f.environment
  AND b.deployment = f.deployment
WHERE f.deployment IS NOT NULL AND f.until >= f.happened_at
