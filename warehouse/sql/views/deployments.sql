-- deployments: each successful deployment to production once, ordered within its environment.
-- If a commit is deployed again with nothing in between, only its first deployment counts: each job of a workflow that
-- names an environment creates a deployment.
-- is_rollback: from GitHub's comparison; if unknown, true for a commit that was first deployed before the one that it
-- replaces. Null: unknown. deployment_number: the position in its environment, from 1. previous_planned_number: that of
-- the last deployment before it that was no rollback.
WITH ordered AS (
  SELECT *, LAG(sha) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
  ) AS sha_before
  FROM attempts WHERE deployed_at IS NOT NULL
),
numbered AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
  ) AS deployment_number
  FROM ordered WHERE NOT is_redeployment AND (sha IS NULL OR sha_before IS NULL OR sha <> sha_before)
),
with_first AS (
  SELECT *, CASE WHEN sha IS NULL THEN deployment_number ELSE MIN(deployment_number) OVER (
    PARTITION BY host, repository_key, environment, sha
  ) END AS first_number
  FROM numbered
),
compared AS (
  SELECT
    *,
    LAG(first_number) OVER (PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST)
      AS previous_first_number
  FROM with_first
),
resolved AS (
  SELECT
    *,
    CASE
      WHEN is_rollback IS NOT NULL THEN is_rollback
      WHEN first_number < deployment_number THEN first_number < previous_first_number
      WHEN kind = 'workflow' THEN FALSE
    END AS resolved_is_rollback
  FROM compared
)
SELECT
  host, repository_key, environment, kind, deployment, ordinal, deployment_number, sha, deployed_at, changes_until,
  LAG(deployment) OVER (PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST)
    AS previous_deployment,
  LEAD(deployed_at) OVER (PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST)
    AS next_deployed_at,
  LEAD(is_compared AND resolved_is_rollback IS NOT NULL) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
  ) AS is_next_compared,
  MAX(CASE WHEN NOT COALESCE(resolved_is_rollback, FALSE) THEN deployment_number END) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS previous_planned_number,
  is_first, is_compared, resolved_is_rollback AS is_rollback, record_id, path
FROM resolved
