-- title: Deployment frequency
-- unit: per_day
-- statistic: per_day
-- better: higher
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: Distinct deployments to production, by the day.
--
-- One row per successful deployment; value is always 1. A commit that is deployed again with nothing in between counts
-- once.
SELECT
  host, repository_key, environment, deployed_at AS happened_at, deployment AS item, CAST(1 AS DOUBLE) AS value,
  kind AS why, record_id, path
FROM deployments
