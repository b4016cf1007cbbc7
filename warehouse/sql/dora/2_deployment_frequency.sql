-- title: Deployment frequency
-- unit: per_day
-- statistic: per_day
-- better: higher
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: Distinct deployments to production, by the day.
--
-- One row per successful deployment; value is 1, or null if it is not known whether it is a deployment of its own: the same
-- commit again, of a run that is not known.
SELECT
  host, repository_key, environment, deployed_at AS happened_at, deployment AS item,
  CASE WHEN is_counted THEN CAST(1 AS DOUBLE) END AS value,
  CASE WHEN is_counted THEN kind ELSE 'whether it is a deployment of its own is not known' END AS why, record_id, path,
  CASE WHEN is_counted THEN 'known' ELSE 'unknown' END AS certainty
FROM deployments
