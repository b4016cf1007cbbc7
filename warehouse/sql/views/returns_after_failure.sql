-- returns_after_failure: each failed attempt after which the commit that was there before was deployed again, within
-- hotfix_hours (services.toml) and not by schedule: a rollback. deployment is that success. is_certain: false if the failed
-- attempt may have been cancelled, or the success may be scheduled or excluded. An attempt at the same commit was a retry.
WITH successes AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
    ) AS nth,
    LAG(sha) OVER (
      PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
    ) AS sha_before
  FROM attempts WHERE deployed_at IS NOT NULL
),
timeline AS (
  SELECT
    host, repository_key, environment, deployed_at AS happened_at, ordinal, nth, CAST(NULL AS VARCHAR) AS deployment
  FROM successes
  UNION ALL
  SELECT
    host, repository_key, environment, failed_at AS happened_at, ordinal, CAST(NULL AS BIGINT) AS nth, deployment
  FROM attempts WHERE failed_at IS NOT NULL
),
with_next AS (
  SELECT
    *,
    MIN(nth) OVER (
      PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, ordinal NULLS FIRST
      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS next_nth
  FROM timeline
)
SELECT
  a.host, a.repository_key, a.environment, a.deployment AS failed_deployment, a.failed_at, n.deployment, n.deployed_at,
  a.failure_certainty <> 'unknown' AND COALESCE(NOT n.is_scheduled, FALSE) AND a.is_counted IS NOT NULL
    AND n.is_counted IS NOT NULL AS is_certain,
  a.failure_certainty, n.record_id, n.path
FROM attempts AS a
JOIN catalog AS c ON c.host = a.host AND c.repository_key = a.repository_key
JOIN with_next AS f
  ON f.host = a.host AND f.repository_key = a.repository_key AND f.environment = a.environment
  AND f.deployment = a.deployment
JOIN successes AS n
  ON n.host = a.host AND n.repository_key = a.repository_key AND n.environment = a.environment AND n.nth = f.next_nth
WHERE a.failed_at IS NOT NULL AND n.sha = n.sha_before AND (a.sha IS NULL OR a.sha <> n.sha)
  AND n.kind IN ('statuses', 'workflow') AND NOT COALESCE(n.is_scheduled, FALSE)
  AND DATE_DIFF('millisecond', a.failed_at, n.deployed_at) <= c.hotfix_hours * 3600000
