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
-- earlier; of a failed attempt with its failure. certainty: inferred if the failure or what it is about is.
WITH failed AS (
  SELECT
    r.host, r.repository_key, r.environment, r.item AS deployment, r.why, a.record_id, a.path, a.deployed_at, a.failed_at,
    CASE r.certainty WHEN 'known' THEN 0 ELSE 1 END AS doubt
  FROM change_fail_rate AS r
  JOIN attempts AS a
    ON a.host = r.host AND a.repository_key = r.repository_key AND a.environment = r.environment AND a.deployment = r.item
  WHERE r.value = 1
),
suspected AS (
  SELECT DISTINCT host, repository_key, environment, deployment FROM failures
  WHERE certainty = 'unknown' AND signal IS NOT NULL
),
outages AS (
  SELECT
    host, repository_key, environment, deployment, MIN(opened_at) AS opened_at, MAX(recovered_at) AS closed_at,
    COUNT(*) - COUNT(recovered_at) AS still_open
  FROM incidents WHERE deployment IS NOT NULL AND certainty <> 'unknown'
  GROUP BY host, repository_key, environment, deployment
),
remedies AS (
  SELECT
    t.host, t.target_key AS repository_key, t.target_environment AS environment, t.target AS deployment, t.fixed_by,
    t.kind, t.doubt, d.deployed_at, d.ordinal, COUNT(s.started_at) > 0 AS is_during
  FROM remediation_targets AS t
  JOIN deployments AS d
    ON d.host = t.host AND d.repository_key = t.repository_key AND d.environment = t.environment
    AND d.deployment = t.fixed_by
  LEFT JOIN incidents AS i
    ON i.host = t.host AND i.repository_key = t.target_key AND i.environment = t.target_environment
    AND i.deployment = t.target AND i.certainty <> 'unknown'
  LEFT JOIN incident_spans AS s
    ON s.host = i.host AND s.repository_key = i.issue_key AND s.incident = i.incident
    AND d.deployed_at >= s.started_at AND (s.ended_at IS NULL OR d.deployed_at <= s.ended_at)
  WHERE t.is_first
  GROUP BY
    t.host, t.target_key, t.target_environment, t.target, t.fixed_by, t.kind, t.doubt, d.deployed_at, d.ordinal
),
ranked AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, deployment
      ORDER BY
        CASE WHEN is_during THEN 0 ELSE 1 END,
        CASE WHEN is_during THEN deployed_at END DESC NULLS LAST, CASE WHEN is_during THEN ordinal END DESC NULLS LAST,
        deployed_at, ordinal, doubt, kind
    ) AS nth
  FROM remedies
),
fixes AS (
  SELECT
    host, repository_key, environment, deployment, MIN(CASE WHEN is_fix THEN fixed_at END) AS fixed_at
  FROM incident_fixes
  GROUP BY host, repository_key, environment, deployment
),
timed AS (
  SELECT
    f.host, f.repository_key, f.environment, f.deployment, f.why, f.record_id, f.path,
    CASE
      WHEN f.deployed_at IS NULL THEN f.failed_at
      WHEN o.opened_at < f.deployed_at THEN o.opened_at
      ELSE f.deployed_at
    END AS began_at,
    CASE
      WHEN r.deployment IS NOT NULL THEN r.deployed_at
      WHEN o.still_open > 0 OR (x.deployment IS NOT NULL AND x.fixed_at IS NULL) THEN NULL
      ELSE COALESCE(x.fixed_at, o.closed_at)
    END AS recovered_at,
    CASE WHEN r.doubt > f.doubt THEN r.doubt ELSE f.doubt END AS doubt, s.deployment IS NOT NULL AS is_suspected,
    r.deployment IS NULL AND o.still_open = 0 AND x.deployment IS NOT NULL AND x.fixed_at IS NULL AS has_unknown_fix
  FROM failed AS f
  LEFT JOIN suspected AS s
    ON s.host = f.host AND s.repository_key = f.repository_key AND s.environment = f.environment
    AND s.deployment = f.deployment
  LEFT JOIN outages AS o
    ON o.host = f.host AND o.repository_key = f.repository_key AND o.environment = f.environment
    AND o.deployment = f.deployment
  LEFT JOIN ranked AS r
    ON r.host = f.host AND r.repository_key = f.repository_key AND r.environment = f.environment
    AND r.deployment = f.deployment AND r.nth = 1
  LEFT JOIN fixes AS x
    ON x.host = f.host AND x.repository_key = f.repository_key AND x.environment = f.environment
    AND x.deployment = f.deployment
),
judged AS (
  SELECT *, COALESCE(recovered_at >= began_at AND NOT is_suspected AND doubt < 2, FALSE) AS is_recovered FROM timed
)
SELECT
  host, repository_key, environment, began_at AS happened_at, deployment AS item,
  CASE WHEN is_recovered THEN CAST(DATE_DIFF('millisecond', began_at, recovered_at) AS DOUBLE) END AS value,
  CASE
    WHEN is_suspected THEN 'whether another signal is about it is not known'
    WHEN has_unknown_fix THEN 'which deployment fixed it is not known'
    WHEN recovered_at IS NULL THEN why || ': not recovered yet, as far as is known'
    WHEN recovered_at < began_at THEN why || ': recovered before it began'
    ELSE why
  END AS why,
  record_id, path,
  CASE
    WHEN NOT is_recovered THEN 'unknown'
    WHEN doubt = 1 THEN 'inferred'
    ELSE 'known'
  END AS certainty
FROM judged
