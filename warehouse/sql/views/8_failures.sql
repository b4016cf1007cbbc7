-- failures: each sign that a deployment to production failed: by rollback, revert or hotfix.
-- deployment is null where the sign cannot be linked to one; it is then unknown, which is counted. One deployment may
-- have several signs: it failed once. mended_by is the deployment that was made because of it, where there is one.
-- A failed attempt is a failed deployment once another commit follows it within the hours that services.toml tells;
-- where the same commit succeeds later it was tried again, and nothing was mended.
WITH attempts_in_order AS (
  SELECT
    a.*, d.deployment AS next_deployment, d.sha AS next_sha, d.deployed_at AS next_at, ROW_NUMBER() OVER (
      PARTITION BY a.host, a.repository_key, a.environment, a.deployment
      ORDER BY d.deployed_at NULLS LAST, d.ordinal NULLS LAST
    ) AS nearest
  FROM attempts AS a
  LEFT JOIN attempts AS d
    ON d.host = a.host AND d.repository_key = a.repository_key AND d.environment = a.environment
    AND d.deployed_at > a.failed_at
  WHERE a.failed_at IS NOT NULL
),
-- one commit that fails several times before the next success failed once
failed AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, sha, next_deployment
    ORDER BY failed_at NULLS FIRST, ordinal NULLS FIRST
  ) AS place
  FROM attempts_in_order WHERE nearest = 1 AND (next_sha IS NULL OR sha IS NULL OR next_sha <> sha)
)
SELECT
  host, repository_key, environment, previous_deployment AS deployment, 'rollback' AS reason,
  deployment AS mended_by, deployed_at AS recovered_at, 'rollback ' || deployment AS sign, deployed_at AS signed_at,
  record_id, path
FROM deployments WHERE is_rollback
UNION ALL
SELECT
  host, repository_key, environment, deployment, 'revert' AS reason, mended_by, deployed_at AS recovered_at,
  'revert ' || sha AS sign, deployed_at AS signed_at, record_id, path
FROM reverts
UNION ALL
SELECT
  host, repository_key, environment,
  CASE WHEN DATE_DIFF('millisecond', failed_at, next_at) <= hotfix_hours * 3600000 THEN deployment END AS deployment,
  'hotfix' AS reason,
  CASE WHEN DATE_DIFF('millisecond', failed_at, next_at) <= hotfix_hours * 3600000 THEN next_deployment END
    AS mended_by,
  CASE WHEN DATE_DIFF('millisecond', failed_at, next_at) <= hotfix_hours * 3600000 THEN next_at END AS recovered_at,
  'attempt ' || deployment AS sign, failed_at AS signed_at, failure_id AS record_id, failure_path AS path
FROM failed WHERE place = 1
