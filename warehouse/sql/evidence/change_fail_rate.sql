-- change fail rate: the share of deployments that needed immediate intervention: they were rolled back, reverted or
-- mended by a hotfix. https://dora.dev/guides/dora-metrics/ (2026-01-05): "the ratio of deployments that require
-- immediate intervention following a deployment".
-- One row per distinct deployment, those that failed outright and were followed by a hotfix included: value 1 if it
-- failed, else 0; so the rate never exceeds 100 %. value is null for a sign of failure that cannot be linked to one.
WITH failed AS (
  SELECT host, repository_key, environment, deployment, MIN(reason) AS reason FROM failures
  WHERE deployment IS NOT NULL
  GROUP BY host, repository_key, environment, deployment
),
counted AS (
  SELECT host, repository_key, environment, deployment FROM deployments
  UNION DISTINCT
  SELECT host, repository_key, environment, deployment FROM failed
)
SELECT
  c.host, c.repository_key, c.environment, COALESCE(a.deployed_at, a.failed_at) AS at, c.deployment AS item,
  CAST(CASE WHEN f.deployment IS NULL THEN 0 ELSE 1 END AS DOUBLE) AS value, f.reason AS why, a.record_id, a.path
FROM counted AS c
JOIN attempts AS a
  ON a.host = c.host AND a.repository_key = c.repository_key AND a.environment = c.environment
  AND a.deployment = c.deployment
LEFT JOIN failed AS f
  ON f.host = c.host AND f.repository_key = c.repository_key AND f.environment = c.environment
  AND f.deployment = c.deployment
UNION ALL
SELECT
  host, repository_key, environment, signed_at AS at, sign AS item, CAST(NULL AS DOUBLE) AS value,
  'cannot be linked to a deployment' AS why, record_id, path
FROM failures WHERE deployment IS NULL
