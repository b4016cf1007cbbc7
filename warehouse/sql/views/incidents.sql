-- incidents: each incident, in each production environment that it concerns, with the deployment that it marks as
-- failed: the repository's last one before it was opened that was no rollback, or the last failed attempt, if not older
-- than failure_hours (services.toml). An issue names no environment, so the same commit also failed in other
-- environments where it was still the newest. deployment is null if there is no such deployment: it is then unknown
-- which one failed, if any, in any environment. environment is empty if the repository has none. recovered_at is null
-- while the incident is open.
-- An issue that was transferred to an unknown place cannot be linked to a deployment.
WITH candidates AS (
  SELECT host, repository_key, environment, deployment, ordinal, sha, deployed_at AS ended_at FROM deployments
  WHERE NOT COALESCE(is_rollback, FALSE)
  UNION ALL
  SELECT host, repository_key, environment, deployment, ordinal, sha, failed_at AS ended_at FROM attempts
  WHERE deployed_at IS NULL AND failed_at IS NOT NULL
),
-- across all environments of a repository
numbered AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key ORDER BY ended_at NULLS FIRST, environment NULLS FIRST, ordinal NULLS FIRST
  ) AS nth
  FROM candidates
),
timeline AS (
  SELECT
    host, repository_key, ended_at AS happened_at, 0 AS event_order, nth, CAST(NULL AS VARCHAR) AS incident
  FROM numbered
  UNION ALL
  SELECT
    host, repository_key, opened_at AS happened_at, 1 AS event_order, CAST(NULL AS BIGINT) AS nth, incident
  FROM incident_states
),
with_candidate AS (
  SELECT *, MAX(nth) OVER (
    PARTITION BY host, repository_key ORDER BY happened_at NULLS FIRST, event_order NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS last_nth
  FROM timeline
),
attributed AS (
  SELECT i.*, d.environment, d.deployment, d.sha
  FROM incident_states AS i
  JOIN catalog AS c ON c.host = i.host AND c.repository_key = i.repository_key
  JOIN with_candidate AS f ON f.host = i.host AND f.repository_key = i.repository_key AND f.incident = i.incident
  LEFT JOIN numbered AS d
    ON d.host = i.host AND d.repository_key = i.repository_key AND d.nth = f.last_nth AND NOT i.is_elsewhere
    AND DATE_DIFF('millisecond', d.ended_at, i.opened_at) <= c.failure_hours * 3600000
),
environments AS (
  SELECT DISTINCT host, repository_key, environment FROM deployments
)
SELECT
  host, repository_key, environment, deployment, incident, number, opened_at, recovered_at, record_id, path
FROM attributed WHERE deployment IS NOT NULL
UNION ALL
SELECT
  s.host, s.repository_key, d.environment, d.deployment, s.incident, s.number, s.opened_at, s.recovered_at,
  s.record_id, s.path
FROM attributed AS s
JOIN deployments AS d ON d.host = s.host AND d.repository_key = s.repository_key AND d.sha = s.sha
WHERE d.environment <> s.environment AND d.deployed_at <= s.opened_at
  AND (d.next_deployed_at IS NULL OR d.next_deployed_at > s.opened_at)
UNION ALL
SELECT
  s.host, s.repository_key, COALESCE(p.environment, '') AS environment, CAST(NULL AS VARCHAR) AS deployment,
  s.incident, s.number, s.opened_at, s.recovered_at, s.record_id, s.path
FROM attributed AS s
LEFT JOIN environments AS p ON p.host = s.host AND p.repository_key = s.repository_key
WHERE s.deployment IS NULL
