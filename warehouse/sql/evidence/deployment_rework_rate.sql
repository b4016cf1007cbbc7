-- deployment rework rate: the share of deployments that were not planned but made because of a failure in production:
-- rollbacks, reverts and hotfixes. https://dora.dev/guides/dora-metrics/ (2026-01-05): "the ratio of deployments that
-- are unplanned but happen as a result of an incident in production".
-- One row per distinct deployment that succeeded: value 1 if it mended another, else 0; null where it is not known
-- whether it went back and no other sign tells.
WITH mending AS (
  SELECT host, repository_key, environment, mended_by AS deployment, MIN(reason) AS reason FROM failures
  WHERE mended_by IS NOT NULL
  GROUP BY host, repository_key, environment, mended_by
)
SELECT
  d.host, d.repository_key, d.environment, d.deployed_at AS at, d.deployment AS item,
  CAST(
    CASE WHEN m.deployment IS NOT NULL THEN 1 WHEN d.is_rollback IS NULL AND d.kind = 'statuses' THEN NULL ELSE 0 END
    AS DOUBLE
  ) AS value,
  CASE
    WHEN m.deployment IS NOT NULL THEN m.reason
    WHEN d.is_rollback IS NULL AND d.kind = 'statuses' THEN 'GitHub''s comparison is not known'
  END AS why,
  d.record_id, d.path
FROM deployments AS d
LEFT JOIN mending AS m
  ON m.host = d.host AND m.repository_key = d.repository_key AND m.environment = d.environment
  AND m.deployment = d.deployment
