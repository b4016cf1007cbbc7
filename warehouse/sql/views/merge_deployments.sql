-- merge_deployments: each release and workflow run that deploys and does not go back, with the deployment before: its commit
-- (since_sha) and time (since_at); of a release that of its line, as the collector found it in the repository
-- (is_line_known: false in records of schema 1). is_listed: a release whose comparison lists what came.
-- merge_branch: that of the pull request whose merge commit is deployed (own_number: its merge_number), else the one of
-- services.toml, else the run's own; null if none is known. Not of services whose code is in other repositories (GitOps).
WITH released AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path,
    COALESCE(d.changes_until, d.deployed_at) AS begun_at, COALESCE(v.sha, d.sha) AS sha, d.kind,
    CASE WHEN v.record_id IS NULL THEN d.previous_deployment ELSE v.previous.tag END AS previous_name,
    v.previous.sha AS previous_sha, v.previous.committed_at AS previous_at,
    d.kind <> 'releases' OR v.sha IS NOT NULL OR COALESCE(v."schema", 0) >= 2 AS is_line_known,
    v.previous IS NOT NULL AND v.changes IS NOT NULL AND NOT COALESCE(v.changes.truncated, FALSE) AS is_listed,
    c.branch, j.head_branch
  FROM deployments AS d
  JOIN catalog AS c ON c.host = d.host AND c.repository_key = d.repository_key
  JOIN service_environments AS e
    ON e.host = d.host AND e.repository_key = d.repository_key AND e.environment = d.environment AND NOT e.has_code
  LEFT JOIN release_versions AS v ON v.host = d.host AND v.record_id = d.record_id
  LEFT JOIN workflow_job AS j ON j.host = d.host AND j.record_id = d.record_id
  WHERE d.kind IN ('releases', 'workflow') AND NOT d.is_again AND NOT COALESCE(d.is_rollback, FALSE)
),
branches AS (
  SELECT DISTINCT host, repository_key, base_ref FROM pull_requests WHERE own_key = repository_key
)
SELECT
  r.*, COALESCE(v.sha, b.sha, r.previous_sha) AS since_sha, o.merge_number AS own_number,
  CASE WHEN b.deployment IS NULL THEN r.previous_at ELSE COALESCE(b.changes_until, b.deployed_at) END AS since_at,
  COALESCE(o.base_ref, r.branch, n.base_ref) AS merge_branch
FROM released AS r
LEFT JOIN deployments AS b
  ON b.host = r.host AND b.repository_key = r.repository_key AND b.environment = r.environment
  AND b.deployment = r.previous_name AND b.deployment_number < r.deployment_number
LEFT JOIN release_versions AS v ON v.host = b.host AND v.record_id = b.record_id
LEFT JOIN merged_commits AS m ON m.host = r.host AND m.repository_key = r.repository_key AND m.sha = r.sha
LEFT JOIN pull_requests AS o
  ON o.host = m.host AND o.repository_key = m.repository_key AND o.identity = m.identity
  AND o.own_key = o.repository_key
LEFT JOIN branches AS n
  ON n.host = r.host AND n.repository_key = r.repository_key AND n.base_ref = r.head_branch
