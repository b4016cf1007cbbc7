-- title: Change fail rate
-- unit: share
-- statistic: mean
-- better: lower
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: The share of deployments that needed immediate intervention: a rollback, a revert, a hotfix, an incident.
--
-- One row per distinct deployment, and per failed attempt that is, or may be, a failed change, or counts as one
-- (failed_attempts in services.toml): value 1 if it failed, else 0, so the rate never exceeds 100 %. value is null if that is unknown: a sign of a failure may be about it. certainty: one known
-- sign is enough; an inferred failure is in the number, but does not count as known.
WITH ranked AS (
  SELECT
    host, repository_key, environment, deployment, why,
    CASE certainty WHEN 'known' THEN 0 WHEN 'inferred' THEN 1 ELSE 2 END AS doubt,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, deployment
      ORDER BY
        CASE certainty WHEN 'known' THEN 0 WHEN 'inferred' THEN 1 ELSE 2 END, reason, signaled_at NULLS LAST, signal
    ) AS nth
  FROM failures
),
judged AS (
  SELECT
    a.host, a.repository_key, a.environment, COALESCE(a.deployed_at, a.failed_at) AS happened_at, a.deployment AS item,
    CASE
      WHEN a.is_counted IS NULL THEN 2
      WHEN f.deployment IS NULL AND a.deployed_at IS NULL
        THEN CASE a.failure_certainty WHEN 'known' THEN 0 WHEN 'inferred' THEN 1 ELSE 2 END
      WHEN f.deployment IS NULL THEN 0
      WHEN a.deployed_at IS NOT NULL OR a.failure_certainty = 'known' THEN f.doubt
      WHEN a.failure_certainty = 'unknown' THEN 2
      WHEN f.doubt = 0 THEN 1
      ELSE f.doubt
    END AS doubt,
    CASE WHEN f.deployment IS NULL AND a.deployed_at IS NOT NULL THEN 0 ELSE 1 END AS failed,
    CASE
      WHEN a.is_counted IS NULL THEN 'whether it is a deployment of its own is not known'
      WHEN a.failure_certainty = 'unknown' AND a.deployed_at IS NULL AND COALESCE(f.doubt, 0) < 2
        THEN 'whether it failed or was cancelled is not known'
      WHEN f.deployment IS NULL AND a.deployed_at IS NULL THEN 'failed attempt'
      ELSE f.why
    END AS why,
    a.record_id, a.path
  FROM (
    SELECT
      host, repository_key, environment, deployment, deployed_at, CAST(NULL AS TIMESTAMP) AS failed_at,
      CAST(NULL AS VARCHAR) AS failure_certainty, is_counted, record_id, path
    FROM deployments
    UNION ALL
    SELECT
      host, repository_key, environment, deployment, deployed_at, failed_at, failure_certainty, is_counted, record_id,
      path
    FROM attempts WHERE failed_at IS NOT NULL
  ) AS a
  JOIN catalog AS c ON c.host = a.host AND c.repository_key = a.repository_key
  LEFT JOIN ranked AS f
    ON f.host = a.host AND f.repository_key = a.repository_key AND f.environment = a.environment
    AND f.deployment = a.deployment AND f.nth = 1
  WHERE a.deployed_at IS NOT NULL OR f.deployment IS NOT NULL OR c.failed_attempts = 'count'
)
SELECT
  host, repository_key, environment, happened_at, item,
  CASE WHEN doubt < 2 THEN CAST(failed AS DOUBLE) END AS value, why, record_id, path,
  CASE doubt WHEN 0 THEN 'known' WHEN 1 THEN 'inferred' ELSE 'unknown' END AS certainty
FROM judged
