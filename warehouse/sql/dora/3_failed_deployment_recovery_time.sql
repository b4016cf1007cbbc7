-- title: Failed deployment recovery time
-- unit: duration
-- statistic: median
-- better: lower
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: From a deployment that failed and needed immediate intervention to its recovery.
--
-- One row per failed deployment. value: ms, or null if no recovery is known yet. Recovery is the first rollback, revert or
-- hotfix; where incidents are about the deployment, the last one while one of them is open, if there is any; without any,
-- the one fix; without that, the last closing. It begins with the success, or the first incident's opening if that is
-- earlier; of a failed attempt with its failure.
WITH failed AS (
  SELECT host, repository_key, environment, deployment, MIN(reason) AS reason,
    MAX(CASE WHEN certainty = 'known' THEN 1 ELSE 0 END) AS is_known,
    MIN(CASE WHEN reason <> 'incident' THEN recovered_at END) AS remediated_at,
    MIN(CASE WHEN reason = 'incident' THEN signaled_at END) AS opened_at,
    CASE
      WHEN COUNT(CASE WHEN reason = 'incident' AND recovered_at IS NULL THEN 1 END) = 0
      THEN MAX(CASE WHEN reason = 'incident' THEN recovered_at END)
    END AS closed_at
  FROM failures WHERE deployment IS NOT NULL
  GROUP BY host, repository_key, environment, deployment
),
-- another signal that may be about it leaves its recovery unknown, but for a remediation after the first one
suspected AS (
  SELECT
    host, repository_key, environment, suspected_deployment AS deployment,
    MIN(CASE WHEN reason <> 'incident' THEN recovered_at END) AS remediated_at,
    MAX(CASE WHEN reason = 'incident' THEN 1 ELSE 0 END) AS has_incident
  FROM failures WHERE deployment IS NULL AND suspected_deployment IS NOT NULL
  GROUP BY host, repository_key, environment, suspected_deployment
),
while_open AS (
  SELECT f.host, f.repository_key, f.environment, f.deployment, MAX(f.recovered_at) AS remediated_at
  FROM failures AS f
  JOIN incidents AS i
    ON i.host = f.host AND i.repository_key = f.repository_key AND i.environment = f.environment
    AND i.deployment = f.deployment
  JOIN incident_spans AS s ON s.host = i.host AND s.repository_key = i.issue_key AND s.incident = i.incident
  WHERE f.reason <> 'incident' AND f.recovered_at >= s.started_at
    AND (s.ended_at IS NULL OR f.recovered_at <= s.ended_at)
  GROUP BY f.host, f.repository_key, f.environment, f.deployment
),
timed AS (
  SELECT
    f.host, f.repository_key, f.environment, f.deployment, f.reason, f.is_known, a.record_id, a.path,
    CASE
      WHEN a.deployed_at IS NULL THEN a.failed_at
      WHEN f.opened_at < a.deployed_at THEN f.opened_at
      ELSE a.deployed_at
    END AS began_at,
    s.deployment IS NOT NULL AND (
      s.has_incident = 1 OR f.opened_at IS NOT NULL OR f.remediated_at IS NULL OR s.remediated_at <= f.remediated_at
    ) AS is_suspected,
    f.remediated_at IS NULL AND f.closed_at IS NOT NULL AND COALESCE(x.candidates, 0) > 0 AND x.fixed_by IS NULL AS has_unknown_fix,
    COALESCE(o.remediated_at, f.remediated_at, CASE WHEN f.closed_at IS NOT NULL THEN x.fixed_at END, f.closed_at)
      AS recovered_at
  FROM failed AS f
  JOIN attempts AS a
    ON a.host = f.host AND a.repository_key = f.repository_key AND a.environment = f.environment
    AND a.deployment = f.deployment
  LEFT JOIN while_open AS o
    ON o.host = f.host AND o.repository_key = f.repository_key AND o.environment = f.environment
    AND o.deployment = f.deployment
  LEFT JOIN incident_fixes AS x
    ON x.host = f.host AND x.repository_key = f.repository_key AND x.environment = f.environment
    AND x.deployment = f.deployment
  LEFT JOIN suspected AS s
    ON s.host = f.host AND s.repository_key = f.repository_key AND s.environment = f.environment
    AND s.deployment = f.deployment
),
judged AS (
  SELECT
    *, COALESCE(recovered_at >= began_at AND NOT has_unknown_fix AND NOT is_suspected, FALSE) AS is_recovered
  FROM timed
)
SELECT
  host, repository_key, environment, began_at AS happened_at, deployment AS item,
  CASE WHEN is_recovered THEN CAST(DATE_DIFF('millisecond', began_at, recovered_at) AS DOUBLE) END AS value,
  CASE
    WHEN is_suspected THEN 'whether another signal is about it is not known'
    WHEN recovered_at IS NULL THEN reason || ': not recovered yet, as far as is known'
    WHEN has_unknown_fix THEN 'which deployment fixed it is not known'
    WHEN recovered_at < began_at THEN reason || ': recovered before it began'
    ELSE reason
  END AS why,
  record_id, path,
  CASE
    WHEN NOT is_recovered THEN 'unknown'
    WHEN is_known = 1 THEN 'known'
    ELSE 'inferred'
  END AS certainty
FROM judged
