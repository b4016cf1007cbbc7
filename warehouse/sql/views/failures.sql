-- failures: each signal that a deployment to production failed: a rollback, revert, hotfix or incident.
-- deployment is null if the signal cannot be linked to one; it is then counted as unknown. A deployment with several
-- signals failed once. fixed_by is the deployment that fixed the failure, if any. suspected_deployment is the attempt
-- that the signal concerns, even if it is unknown whether that counts as failed: certainty is then unknown, else known or
-- inferred.
SELECT
  host, repository_key, environment, CASE WHEN certainty <> 'unknown' THEN target END AS deployment, 'rollback' AS reason,
  deployment AS fixed_by, deployed_at AS recovered_at, target AS suspected_deployment,
  'rollback ' || deployment AS signal, deployed_at AS signaled_at, record_id, path,
  certainty
FROM rollback_targets WHERE target IS NOT NULL
UNION ALL
SELECT
  host, repository_key, environment, CASE WHEN is_certain THEN failed_deployment END AS deployment,
  'rollback' AS reason, CASE WHEN is_certain THEN deployment END AS fixed_by,
  CASE WHEN is_certain THEN deployed_at END AS recovered_at, failed_deployment AS suspected_deployment,
  'attempt ' || failed_deployment AS signal, failed_at AS signaled_at, record_id, path,
  CASE WHEN is_certain THEN failure_certainty ELSE 'unknown' END AS certainty
FROM returns_after_failure
UNION ALL
SELECT
  host, repository_key, environment, deployment, kind AS reason, fixed_by, deployed_at AS recovered_at,
  suspected_deployment, kind || ' ' || sha AS signal, deployed_at AS signaled_at, record_id, path,
  CASE WHEN deployment IS NULL THEN 'unknown' ELSE 'known' END AS certainty
FROM remediation_targets WHERE suspected_deployment IS NOT NULL
UNION ALL
SELECT
  host, repository_key, environment, deployment, 'incident' AS reason, CAST(NULL AS VARCHAR) AS fixed_by, recovered_at,
  suspected_deployment, 'incident ' || incident AS signal, opened_at AS signaled_at, record_id, path,
  CASE WHEN deployment IS NULL THEN 'unknown' ELSE 'known' END AS certainty
FROM incidents
