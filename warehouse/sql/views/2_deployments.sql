-- deployments: what reached production, each once, in the order of its environment.
-- A commit that is deployed again with nothing between is there already (each job of a workflow that names an
-- environment makes a deployment of its own): only its first deployment counts.
-- is_rollback: by GitHub's comparison; where that is not known, a commit that was first deployed before the one that it
-- replaces was. Null: not known.
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
  FROM ordered WHERE sha IS NULL OR sha_before IS NULL OR sha <> sha_before
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
      AS first_place_before,
    LAG(deployment) OVER (PARTITION BY host, repository_key, environment ORDER BY place NULLS FIRST)
      AS previous_deployment,
    LAG(changes_until) OVER (PARTITION BY host, repository_key, environment ORDER BY place NULLS FIRST)
      AS changes_since,
    LAG(deployed_at) OVER (PARTITION BY host, repository_key, environment ORDER BY place NULLS FIRST)
      AS previous_at
  FROM seen
)
SELECT
  host, repository_key, environment, kind, deployment, ordinal, place, sha, deployed_at, changes_since, changes_until,
  previous_deployment, previous_at, is_first,
  CASE
    WHEN is_rollback IS NOT NULL THEN is_rollback
    WHEN first_place < place THEN first_place < first_place_before
    WHEN kind = 'workflow' THEN FALSE
  END AS is_rollback,
  record_id, path, hotfix_hours
FROM compared
