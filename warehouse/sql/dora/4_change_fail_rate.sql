-- title: Change fail rate
-- unit: share
-- statistic: mean
-- better: lower
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: The share of deployments that needed immediate intervention: a rollback, a revert, a hotfix, an incident.
--
-- One row per distinct deployment, including attempts that failed and were followed by a hotfix: value 1 if it failed,
-- else 0, so the rate never exceeds 100 %. value is null if unknown: the next deployment was not compared with it, it
-- reported a failure without a known fix, or a failure signal cannot be linked to a deployment. certainty: one known signal
-- is enough; an inferred failure is in the number, but does not count as known.
WITH failed AS (
  SELECT host, repository_key, environment, deployment, MIN(reason) AS reason,
    MAX(CASE WHEN certainty = 'known' THEN 1 ELSE 0 END) AS is_known
  FROM failures
  WHERE deployment IS NOT NULL
  GROUP BY host, repository_key, environment, deployment
),
-- a signal that cannot be linked is ignored if another one already marks the deployment as failed
unlinked_signals AS (
  SELECT
    u.host, u.repository_key, u.environment, u.suspected_deployment, u.signal, u.signaled_at, u.reason, u.record_id,
    u.path
  FROM failures AS u
  LEFT JOIN failed AS f
    ON f.host = u.host AND f.repository_key = u.repository_key AND f.environment = u.environment
    AND f.deployment = u.suspected_deployment
  WHERE u.deployment IS NULL AND f.deployment IS NULL
),
suspected_deployments AS (
  SELECT
    host, repository_key, environment, suspected_deployment,
    CASE
      WHEN MIN(reason) = 'incident' THEN 'whether an incident is about it is not known'
      ELSE 'whether a later deployment repaired it is not known'
    END AS why
  FROM unlinked_signals WHERE suspected_deployment IS NOT NULL
  GROUP BY host, repository_key, environment, suspected_deployment
),
succeeded AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployed_at AS happened_at, d.deployment AS item,
    CASE
      WHEN d.is_counted IS NULL THEN NULL
      WHEN f.deployment IS NOT NULL THEN 1
      WHEN u.suspected_deployment IS NOT NULL OR NOT COALESCE(d.is_next_compared, TRUE) THEN NULL
      ELSE 0
    END AS value,
    CASE
      WHEN d.is_counted IS NULL THEN 'whether it is a deployment of its own is not known'
      WHEN f.deployment IS NOT NULL THEN f.reason
      WHEN u.suspected_deployment IS NOT NULL THEN u.why
      WHEN NOT COALESCE(d.is_next_compared, TRUE) THEN 'whether the next one rolled it back or reverted it is not known'
    END AS why,
    d.record_id, d.path, f.is_known
  FROM deployments AS d
  LEFT JOIN failed AS f
    ON f.host = d.host AND f.repository_key = d.repository_key AND f.environment = d.environment
    AND f.deployment = d.deployment
  LEFT JOIN suspected_deployments AS u
    ON u.host = d.host AND u.repository_key = d.repository_key AND u.environment = d.environment
    AND u.suspected_deployment = d.deployment
)
SELECT host, repository_key, environment, happened_at, item, CAST(value AS DOUBLE) AS value, why, record_id, path,
  CASE
    WHEN value IS NULL THEN 'unknown'
    WHEN is_known = 0 THEN 'inferred'
    ELSE 'known'
  END AS certainty
FROM succeeded
UNION ALL
SELECT
  f.host, f.repository_key, f.environment, COALESCE(a.deployed_at, a.failed_at) AS happened_at, f.deployment AS item,
  CAST(1 AS DOUBLE) AS value, f.reason AS why, a.record_id, a.path,
  CASE WHEN f.is_known = 1 THEN 'known' ELSE 'inferred' END AS certainty
FROM failed AS f
JOIN attempts AS a
  ON a.host = f.host AND a.repository_key = f.repository_key AND a.environment = f.environment
  AND a.deployment = f.deployment
LEFT JOIN deployments AS d
  ON d.host = f.host AND d.repository_key = f.repository_key AND d.environment = f.environment
  AND d.deployment = f.deployment
WHERE d.deployment IS NULL
UNION ALL
SELECT
  u.host, u.repository_key, u.environment, u.signaled_at AS happened_at, u.signal AS item,
  CAST(NULL AS DOUBLE) AS value, u.reason || ': cannot be linked to a deployment that failed' AS why, u.record_id,
  u.path, 'unknown' AS certainty
FROM unlinked_signals AS u
LEFT JOIN deployments AS d
  ON d.host = u.host AND d.repository_key = u.repository_key AND d.environment = u.environment
  AND d.deployment = u.suspected_deployment
WHERE d.deployment IS NULL
