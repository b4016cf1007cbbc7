-- hidden_arrivals: each deployment that comes with or after one that goes back, or may go back, past deployments of which it
-- is not known what they brought. A change that it brings and that was written until hidden_until may have arrived with one
-- of those.
WITH placed AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, COALESCE(d.is_rollback, TRUE) AS may_go_back,
    CASE WHEN u.deployment IS NOT NULL THEN d.deployment_number END AS unlisted_number, u.deployed_at AS unlisted_at,
    CASE WHEN d.sha IS NOT NULL THEN LAG(d.deployment_number) OVER (
      PARTITION BY d.host, d.repository_key, d.environment, d.sha ORDER BY d.deployment_number NULLS FIRST
    ) END AS back_to_number
  FROM deployments AS d
  LEFT JOIN unlisted_deployments AS u
    ON u.host = d.host AND u.repository_key = d.repository_key AND u.environment = d.environment
    AND u.deployment = d.deployment
),
with_unlisted AS (
  SELECT
    *,
    MAX(unlisted_number) OVER (
      PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS last_unlisted,
    MAX(unlisted_at) OVER (
      PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS last_unlisted_at
  FROM placed
),
passed AS (
  SELECT
    *,
    MAX(CASE WHEN may_go_back AND last_unlisted > COALESCE(back_to_number, 0) THEN last_unlisted_at END) OVER (
      PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS hidden_until
  FROM with_unlisted
)
SELECT host, repository_key, environment, deployment, deployment_number, hidden_until FROM passed
WHERE hidden_until IS NOT NULL
