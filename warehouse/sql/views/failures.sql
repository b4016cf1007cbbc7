-- failures: each sign that an attempt at a deployment to production failed (deployment): a rollback, a revert, a hotfix or an
-- incident (reason). A deployment with several signs failed once. certainty: known, inferred, or unknown, if the sign may be
-- about another one, or may be none. signal names the sign, and is null if it only may exist: what a later deployment brings is
-- not known, so why says what that may be. fixed_by and recovered_at: the deployment of a rollback, revert or hotfix.
WITH remedies AS (
  SELECT
    t.host, t.repository_key, t.environment, t.target_key, t.target_environment, t.target, t.fixed_by, t.sha, t.kind,
    t.doubt,
    t.is_first OR r.doubt = 2 AS is_signal
  FROM remediation_targets AS t
  LEFT JOIN remediations AS r
    ON r.host = t.host AND r.repository_key = t.repository_key AND r.environment = t.environment
    AND r.deployment = t.fixed_by AND r.sha = t.sha
  WHERE t.kind <> 'rollback'
),
found AS (
  SELECT
    host, repository_key, environment, target AS deployment, certainty, 'rollback' AS reason,
    CASE WHEN is_first THEN 'rollback ' || deployment END AS signal, deployment AS fixed_by,
    deployed_at AS recovered_at, deployed_at AS signaled_at, record_id, path
  FROM rollback_targets WHERE target IS NOT NULL
  UNION ALL
  SELECT
    host, repository_key, environment, failed_deployment AS deployment,
    CASE WHEN is_certain THEN failure_certainty ELSE 'unknown' END AS certainty, 'rollback' AS reason,
    'attempt ' || failed_deployment AS signal, deployment AS fixed_by, deployed_at AS recovered_at,
    failed_at AS signaled_at, record_id, path
  FROM returns_after_failure
  UNION ALL
  SELECT
    host, repository_key, environment, previous_deployment AS deployment, 'unknown' AS certainty, 'rollback' AS reason,
    CAST(NULL AS VARCHAR) AS signal, deployment AS fixed_by, deployed_at AS recovered_at, deployed_at AS signaled_at,
    record_id, path
  FROM deployments WHERE is_rollback IS NULL AND previous_deployment IS NOT NULL AND NOT is_return
  UNION ALL
  SELECT
    e.host, e.target_key AS repository_key, e.target_environment AS environment, e.target AS deployment,
    CASE e.doubt WHEN 0 THEN 'known' WHEN 1 THEN 'inferred' ELSE 'unknown' END AS certainty, e.kind AS reason,
    CASE WHEN e.is_signal THEN e.kind || ' ' || e.sha END AS signal, e.fixed_by, d.deployed_at AS recovered_at,
    d.deployed_at AS signaled_at, d.record_id, d.path
  FROM remedies AS e
  JOIN deployments AS d
    ON d.host = e.host AND d.repository_key = e.repository_key AND d.environment = e.environment
    AND d.deployment = e.fixed_by
  UNION ALL
  SELECT
    n.host, n.repository_key, n.environment, n.near AS deployment, 'unknown' AS certainty, 'revert' AS reason,
    CAST(NULL AS VARCHAR) AS signal, n.deployment AS fixed_by, d.deployed_at AS recovered_at,
    d.deployed_at AS signaled_at, d.record_id, d.path
  FROM unfound_names AS n
  JOIN deployments AS d
    ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
    AND d.deployment = n.deployment
  UNION ALL
  SELECT
    n.host, n.target_key AS repository_key, n.target_environment AS environment, n.target AS deployment,
    'unknown' AS certainty, 'revert' AS reason, CAST(NULL AS VARCHAR) AS signal, n.id AS fixed_by,
    d.deployed_at AS recovered_at, d.deployed_at AS signaled_at, d.record_id, d.path
  FROM near_candidates AS n
  JOIN deployments AS d
    ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
    AND d.deployment = n.id
  WHERE n.kind = 'changes'
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, certainty, 'incident' AS reason, 'incident ' || incident AS signal,
    CAST(NULL AS VARCHAR) AS fixed_by, recovered_at, opened_at AS signaled_at, record_id, path
  FROM incidents WHERE deployment IS NOT NULL
)
SELECT
  host, repository_key, environment, deployment, certainty, reason,
  CASE
    WHEN certainty <> 'unknown' THEN reason
    WHEN reason = 'incident' THEN 'whether an incident is about it is not known'
    WHEN reason = 'rollback' THEN 'whether the next one rolled it back is not known'
    ELSE 'whether a later deployment repaired it is not known'
  END AS why,
  signal, fixed_by, recovered_at, signaled_at, record_id, path
FROM found
