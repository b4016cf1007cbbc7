-- linked_remediations: each revert and hotfix with the deployment that it is about (deployment), or each one that it may be
-- about (suspected_deployment, while deployment is null). fixed_by is the remediation's deployment. is_remediation: null if
-- that is unknown, false if it names what was never deployed.
WITH named AS (
  SELECT r.*, d.deployment AS target
  FROM remediations AS r
  LEFT JOIN deployments AS d
    ON d.host = r.host AND d.repository_key = r.repository_key AND d.environment = r.environment
    AND d.deployment_number = r.target_number
  WHERE r.is_named
),
-- deployments of pull requests whose commits have no names in the records
nameless AS (
  SELECT DISTINCT b.host, b.repository_key, b.environment, b.deployment
  FROM brought_pull_requests AS b
  JOIN pull_requests AS p ON p.host = b.host AND p.repository_key = b.repository_key AND p.identity = b.identity
  LEFT JOIN pull_request_commits AS c
    ON c.host = b.host AND c.repository_key = b.repository_key AND c.identity = b.identity
  WHERE p.commits IS NULL OR (c.identity IS NOT NULL AND c.sha IS NULL)
)
SELECT
  host, repository_key, environment, kind, sha, identity, CASE WHEN is_known THEN target END AS deployment,
  target AS suspected_deployment, deployment AS fixed_by, deployed_at, written_at,
  CASE
    WHEN target IS NULL THEN FALSE
    WHEN is_known THEN TRUE
  END AS is_remediation,
  record_id, path
FROM named
UNION ALL
-- what it names was deployed by none that is known: it may be of one whose changes, or the names of these, are not known
SELECT
  n.host, n.repository_key, n.environment, n.kind, n.sha, n.identity, CAST(NULL AS VARCHAR) AS deployment,
  d.deployment AS suspected_deployment, n.deployment AS fixed_by, n.deployed_at, n.written_at,
  CASE WHEN x.deployment IS NULL THEN FALSE END AS is_remediation,
  n.record_id, n.path
FROM named AS n
JOIN catalog AS c ON c.host = n.host AND c.repository_key = n.repository_key
JOIN deployments AS d
  ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
LEFT JOIN nameless AS x
  ON x.host = d.host AND x.repository_key = d.repository_key AND x.environment = d.environment
  AND x.deployment = d.deployment
WHERE n.target IS NULL AND d.deployed_at < n.deployed_at AND NOT COALESCE(d.is_rollback, FALSE)
  AND (d.is_first OR d.deployment_number = 1 OR NOT d.is_compared OR x.deployment IS NOT NULL)
  AND DATE_DIFF('millisecond', d.deployed_at, n.deployed_at) <= c.failure_hours * 3600000
UNION ALL
SELECT
  r.host, r.repository_key, r.environment, r.kind, r.sha, r.identity, CASE WHEN t.is_target THEN t.deployment END AS deployment,
  t.deployment AS suspected_deployment, r.deployment AS fixed_by, r.deployed_at, r.written_at,
  CASE WHEN r.is_known THEN TRUE END AS is_remediation, r.record_id, r.path
FROM remediations AS r
LEFT JOIN unnamed_targets AS t
  ON t.host = r.host AND t.repository_key = r.repository_key AND t.environment = r.environment
  AND t.fixed_by = r.deployment AND t.sha = r.sha
WHERE NOT r.is_named
