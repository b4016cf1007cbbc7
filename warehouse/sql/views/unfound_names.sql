-- unfound_names: each revert of something that no deployment is known to have brought, with each deployment of the
-- failure_hours (services.toml) before its own that may have (near): its changes are not known, or have no names (is_nameless:
-- pull requests of schema 1).
WITH nameless AS (
  SELECT DISTINCT b.host, b.repository_key, b.environment, b.deployment
  FROM brought_pull_requests AS b
  JOIN brought_names AS f
    ON f.host = b.host AND f.repository_key = b.repository_key AND f.environment = b.environment AND f.kind = 'sha'
    AND f.name = b.merge_commit_sha AND f.deployment_number = b.deployment_number
  JOIN pull_requests AS p ON p.host = b.host AND p.repository_key = b.repository_key AND p.identity = b.identity
  LEFT JOIN pull_request_commits AS c
    ON c.host = b.host AND c.repository_key = b.repository_key AND c.identity = b.identity
  WHERE p.commits IS NULL OR (c.identity IS NOT NULL AND c.sha IS NULL)
)
SELECT
  n.host, n.repository_key, n.environment, n.deployment, n.sha, d.deployment AS near,
  x.deployment IS NOT NULL AS is_nameless
FROM remediation_names AS n
JOIN catalog AS c ON c.host = n.host AND c.repository_key = n.repository_key
JOIN deployments AS d
  ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
  AND d.deployed_at < n.deployed_at
  AND DATE_DIFF('millisecond', d.deployed_at, n.deployed_at) <= c.failure_hours * 3600000
LEFT JOIN nameless AS x
  ON x.host = d.host AND x.repository_key = d.repository_key AND x.environment = d.environment
  AND x.deployment = d.deployment
LEFT JOIN unlisted_deployments AS u
  ON u.host = d.host AND u.repository_key = d.repository_key AND u.environment = d.environment
  AND u.deployment = d.deployment
WHERE n.is_named AND n.target_number IS NULL AND NOT COALESCE(d.is_rollback, FALSE)
  AND (x.deployment IS NOT NULL OR u.deployment IS NOT NULL)
