-- title: Deployment rework rate
-- unit: share
-- statistic: mean
-- better: lower
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: The share of deployments that were not planned, but a response to a failure in production.
--
-- One row per distinct successful deployment: value 1 if it is a rollback, contains a revert or a hotfix, or is the fix of an
-- incident, else 0; null if that is unknown (rework). certainty: an inferred value is in the number, but does not count as known.
SELECT
  d.host, d.repository_key, d.environment, d.deployed_at AS happened_at, d.deployment AS item,
  CAST(
    CASE
      WHEN r.deployment IS NULL THEN 0
      WHEN r.certainty <> 'unknown' THEN 1
    END AS DOUBLE
  ) AS value,
  r.why, d.record_id, d.path, COALESCE(r.certainty, 'known') AS certainty
FROM deployments AS d
LEFT JOIN rework AS r
  ON r.host = d.host AND r.repository_key = d.repository_key AND r.environment = d.environment
  AND r.deployment = d.deployment
