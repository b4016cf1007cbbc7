-- failures: each signal that a deployment to production failed: a rollback, revert, hotfix or incident.
-- deployment is null if the signal cannot be linked to one; it is then counted as unknown. A deployment with several
-- signals failed once. fixed_by is the deployment that fixed the failure, if any. suspected_deployment is the attempt
-- that the signal concerns, even if it is unknown whether that counts as failed.
-- A failed attempt is a failed deployment once a hotfix follows it: another commit, with a change written after the
-- failure, deployed within hotfix_hours (services.toml). If the same commit succeeds next, it was a retry, not a fix.
WITH successes AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
  ) AS nth
  FROM attempts WHERE deployed_at IS NOT NULL
),
timeline AS (
  SELECT
    host, repository_key, environment, deployed_at AS happened_at, 0 AS event_order, nth,
    CAST(NULL AS VARCHAR) AS deployment
  FROM successes
  UNION ALL
  SELECT
    host, repository_key, environment, failed_at AS happened_at, 1 AS event_order, CAST(NULL AS BIGINT) AS nth,
    deployment
  FROM attempts WHERE failed_at IS NOT NULL
),
with_next AS (
  SELECT *, MIN(nth) OVER (
    PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, event_order NULLS FIRST
    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
  ) AS next_nth
  FROM timeline
),
newest_changes AS (
  SELECT host, repository_key, environment, deployment, MAX(written_at) AS written_at FROM changes
  GROUP BY host, repository_key, environment, deployment
),
-- one commit that fails several times before the next success failed once
failed AS (
  SELECT
    a.*, n.deployment AS next_deployment, n.deployed_at AS next_at,
    n.sha <> a.sha AND w.written_at > a.failed_at
      AND DATE_DIFF('millisecond', a.failed_at, n.deployed_at) <= c.hotfix_hours * 3600000 AS is_fixed,
    ROW_NUMBER() OVER (
      PARTITION BY a.host, a.repository_key, a.environment, COALESCE(a.sha, a.deployment), f.next_nth
      ORDER BY a.failed_at NULLS FIRST, a.ordinal NULLS FIRST
    ) AS nth
  FROM attempts AS a
  JOIN catalog AS c ON c.host = a.host AND c.repository_key = a.repository_key
  JOIN with_next AS f
    ON f.host = a.host AND f.repository_key = a.repository_key AND f.environment = a.environment
    AND f.deployment = a.deployment
  LEFT JOIN successes AS n
    ON n.host = a.host AND n.repository_key = a.repository_key AND n.environment = a.environment
    AND n.nth = f.next_nth
  LEFT JOIN newest_changes AS w
    ON w.host = n.host AND w.repository_key = n.repository_key AND w.environment = n.environment
    AND w.deployment = n.deployment
  WHERE a.failed_at IS NOT NULL AND (n.sha IS NULL OR a.sha IS NULL OR n.sha <> a.sha)
)
SELECT
  host, repository_key, environment, previous_deployment AS deployment, 'rollback' AS reason,
  deployment AS fixed_by, deployed_at AS recovered_at, previous_deployment AS suspected_deployment,
  'rollback ' || deployment AS signal, deployed_at AS signaled_at, record_id, path
FROM deployments WHERE is_rollback
UNION ALL
SELECT
  host, repository_key, environment, deployment, 'revert' AS reason, fixed_by, deployed_at AS recovered_at,
  deployment AS suspected_deployment, 'revert ' || sha AS signal, deployed_at AS signaled_at, record_id, path
FROM reverts
UNION ALL
SELECT
  host, repository_key, environment, CASE WHEN is_fixed THEN deployment END AS deployment, 'hotfix' AS reason,
  CASE WHEN is_fixed THEN next_deployment END AS fixed_by, CASE WHEN is_fixed THEN next_at END AS recovered_at,
  deployment AS suspected_deployment, 'attempt ' || deployment AS signal, failed_at AS signaled_at,
  failure_id AS record_id, failure_path AS path
FROM failed WHERE nth = 1
UNION ALL
SELECT
  host, repository_key, environment, deployment, 'incident' AS reason, CAST(NULL AS VARCHAR) AS fixed_by, recovered_at,
  deployment AS suspected_deployment, 'incident ' || incident AS signal, opened_at AS signaled_at, record_id, path
FROM incidents
