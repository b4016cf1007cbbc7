-- title: Deployment rework rate
-- unit: share
-- statistic: mean
-- better: lower
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: The share of deployments that were not planned, but a response to a failure in production.
--
-- One row per distinct successful deployment: value 1 if it is a rollback, contains a revert or is a hotfix, else 0;
-- null if it was not compared with the previous one and no other signal exists, or if it may be the hotfix of an open
-- incident.
WITH reworked AS (
  SELECT
    host, repository_key, environment, deployment, MAX(CASE WHEN is_known THEN 1 ELSE 0 END) AS is_known_rework,
    MIN(CASE WHEN is_known THEN reason END) AS reason
  FROM rework
  GROUP BY host, repository_key, environment, deployment
)
SELECT
  d.host, d.repository_key, d.environment, d.deployed_at AS happened_at, d.deployment AS item,
  CAST(
    CASE
      WHEN d.is_counted IS NULL THEN NULL
      WHEN r.is_known_rework = 1 THEN 1
      WHEN r.is_known_rework = 0 OR d.is_rollback IS NULL OR NOT d.is_compared THEN NULL
      ELSE 0
    END AS DOUBLE
  ) AS value,
  CASE
    WHEN d.is_counted IS NULL THEN 'whether it is a deployment of its own is not known'
    WHEN r.is_known_rework = 1 THEN r.reason
    WHEN d.is_rollback IS NULL OR NOT d.is_compared THEN 'its changes are not known'
    WHEN r.is_known_rework = 0 THEN 'deployed during an open incident: whether because of it is not known'
  END AS why,
  d.record_id, d.path,
  CASE
    WHEN d.is_counted IS NULL THEN 'unknown'
    WHEN r.is_known_rework = 1 THEN 'known'
    WHEN r.is_known_rework = 0 OR d.is_rollback IS NULL OR NOT d.is_compared THEN 'unknown'
    ELSE 'known'
  END AS certainty
FROM deployments AS d
LEFT JOIN reworked AS r
  ON r.host = d.host AND r.repository_key = d.repository_key AND r.environment = d.environment
  AND r.deployment = d.deployment
