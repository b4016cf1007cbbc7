-- deployment frequency: how often production is deployed to: deployments a day.
-- https://dora.dev/guides/dora-metrics/ (2026-01-05): "the number of deployments over a given period".
-- One row per deployment that succeeded; value is always 1.
SELECT
  host, repository_key, environment, deployed_at AS at, deployment AS item, CAST(1 AS DOUBLE) AS value, kind AS why,
  record_id, path
FROM deployments
