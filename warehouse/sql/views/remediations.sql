-- remediations: each revert and hotfix that a deployment brings, with the deployment that brought first what it names (target).
-- is_named: it names something; if no deployment brought that, it is none, unless it may have been one whose changes have no
-- names. doubt: 0 if it is known to be a remediation of the target, 1 if that is inferred, 2 if it is not known.
WITH undecided AS (
  SELECT DISTINCT host, repository_key, environment, deployment, sha FROM unfound_names WHERE is_nameless
)
SELECT
  n.host, n.repository_key, n.environment, n.deployment, n.deployed_at, n.sha, n.identity, n.kind, n.is_named,
  n.written_at, t.deployment AS target,
  CASE
    WHEN u.deployment IS NOT NULL THEN 2
    WHEN t.deployment IS NOT NULL AND (t.is_counted IS NULL OR d.is_counted IS NULL) THEN 2
    ELSE n.doubt
  END AS doubt,
  n.record_id, n.path
FROM remediation_names AS n
JOIN deployments AS d
  ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
  AND d.deployment_number = n.deployment_number
LEFT JOIN deployments AS t
  ON t.host = n.host AND t.repository_key = n.repository_key AND t.environment = n.environment
  AND t.deployment_number = n.target_number
LEFT JOIN undecided AS u
  ON u.host = n.host AND u.repository_key = n.repository_key AND u.environment = n.environment
  AND u.deployment = n.deployment AND u.sha = n.sha
WHERE NOT n.is_named OR t.deployment IS NOT NULL OR u.deployment IS NOT NULL
