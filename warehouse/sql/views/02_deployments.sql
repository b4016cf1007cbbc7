-- deployments: each successful deployment to production once, ordered within its environment.
-- If a commit is deployed again with nothing in between, only its first deployment counts: each job of a workflow that
-- names an environment creates a deployment.
-- is_rollback: from GitHub's comparison; if unknown, true for a commit that was first deployed before the one that it
-- replaces. Null: unknown. planned_before: the position of the last deployment before it that was no rollback.
WITH ordered AS (
  SELECT *, LAG(sha) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
  ) AS sha_before
  FROM attempts WHERE deployed_at IS NOT NULL
),
placed AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
  ) AS place
  FROM ordered WHERE NOT was_there AND (sha IS NULL OR sha_before IS NULL OR sha <> sha_before)
),
seen AS (
  SELECT *, CASE WHEN sha IS NULL THEN place ELSE MIN(place) OVER (
    PARTITION BY host, repository_key, environment, sha
  ) END AS first_place
  FROM placed
),
compared AS (
  SELECT
    *,
    LAG(first_place) OVER (PARTITION BY host, repository_key, environment ORDER BY place NULLS FIRST)
      AS first_place_before
  FROM seen
),
judged AS (
  SELECT
    *,
    CASE
      WHEN is_rollback IS NOT NULL THEN is_rollback
      WHEN first_place < place THEN first_place < first_place_before
      WHEN kind = 'workflow' THEN FALSE
    END AS went_back
  FROM compared
)
SELECT
  host, repository_key, environment, kind, deployment, ordinal, place, sha, deployed_at, changes_until,
  LAG(deployment) OVER (PARTITION BY host, repository_key, environment ORDER BY place NULLS FIRST)
    AS previous_deployment,
  LEAD(deployed_at) OVER (PARTITION BY host, repository_key, environment ORDER BY place NULLS FIRST) AS next_at,
  LEAD(is_compared AND went_back IS NOT NULL) OVER (
    PARTITION BY host, repository_key, environment ORDER BY place NULLS FIRST
  ) AS is_next_compared,
  MAX(CASE WHEN NOT COALESCE(went_back, FALSE) THEN place END) OVER (
    PARTITION BY host, repository_key, environment ORDER BY place NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS planned_before,
  is_first, is_compared, went_back AS is_rollback, record_id, path
FROM judged
