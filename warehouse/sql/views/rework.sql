-- rework: each deployment that responded to a failure, or for which that is unknown (is_known false). Rework is
-- a rollback, a deployment with a revert of what failed, or the hotfix of a failed attempt. A deployment with a revert
-- that cannot be linked to a failure is unknown. A deployment during an open incident is rework if all its changes were
-- written after the incident was opened; otherwise it may have been planned, so it is unknown. After hotfix_hours an
-- incident no longer counts as the cause of a deployment.
WITH open_incidents AS (
  SELECT
    i.host, i.repository_key, i.environment, i.opened_at,
    CASE
      WHEN i.recovered_at < i.opened_at + c.hotfix_hours * INTERVAL '1' HOUR THEN i.recovered_at
      ELSE i.opened_at + c.hotfix_hours * INTERVAL '1' HOUR
    END AS ends_at
  FROM incidents AS i
  JOIN catalog AS c ON c.host = i.host AND c.repository_key = i.repository_key
),
timeline AS (
  SELECT
    host, repository_key, environment, opened_at AS happened_at, 1 AS event_order, opened_at, ends_at,
    CAST(NULL AS VARCHAR) AS deployment
  FROM open_incidents
  UNION ALL
  SELECT
    host, repository_key, environment, deployed_at AS happened_at, 0 AS event_order,
    CAST(NULL AS TIMESTAMP) AS opened_at, CAST(NULL AS TIMESTAMP) AS ends_at, deployment
  FROM deployments
),
with_open_incident AS (
  SELECT
    host, repository_key, environment, happened_at, deployment,
    MAX(opened_at) OVER (
      PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, event_order NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS opened_at,
    MAX(ends_at) OVER (
      PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, event_order NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS ends_at
  FROM timeline
),
change_times AS (
  SELECT
    host, repository_key, environment, deployment, MIN(written_at) AS oldest,
    COUNT(*) - COUNT(written_at) AS unknown_times
  FROM changes
  GROUP BY host, repository_key, environment, deployment
)
SELECT host, repository_key, environment, deployment, 'rollback' AS reason, TRUE AS is_known FROM deployments
WHERE is_rollback
UNION ALL
SELECT
  l.host, l.repository_key, l.environment, l.fixed_by AS deployment, l.kind AS reason,
  COALESCE(l.is_remediation, FALSE) AND NOT (l.kind = 'revert' AND l.deployment IS NULL) AND r.sha IS NULL AS is_known
FROM linked_remediations AS l
LEFT JOIN remediation_riders AS r
  ON r.host = l.host AND r.repository_key = l.repository_key AND r.environment = l.environment
  AND r.deployment = l.fixed_by AND r.sha = l.sha
WHERE COALESCE(l.is_remediation, TRUE)
UNION ALL
SELECT
  f.host, f.repository_key, f.environment, f.deployment, 'incident' AS reason,
  COALESCE(b.oldest > f.opened_at AND b.unknown_times = 0, FALSE) AS is_known
FROM with_open_incident AS f
LEFT JOIN change_times AS b
  ON b.host = f.host AND b.repository_key = f.repository_key AND b.environment = f.environment
  AND b.deployment = f.deployment
WHERE f.deployment IS NOT NULL AND f.ends_at >= f.happened_at
