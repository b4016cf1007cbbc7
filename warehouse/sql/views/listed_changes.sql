-- listed_changes: each commit that GitHub's comparison lists for a deployment, as it is on the deployed
-- branch. None where the code is in other repositories (GitOps). Those of a release say only which pull requests it brings (deployed_pull_requests).
-- pr_number is null if the number in the first line is that of an issue, or of nothing.
-- In Trino, UNNEST of rows returns their fields: there the alias is commits(sha, authored_at, …), see docs/DORA.md.
SELECT
  d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path, c.sha,
  COALESCE(c.authored_at, c.committed_at) AS written_at, c.is_revert, c.reverts,
  CASE WHEN COALESCE(c.number_kind, 'pull_request') = 'pull_request' THEN c.pr_number END AS pr_number, c.parents,
  c.revert_depth, c.reverts_number, c.number_kind, c.committed_at, c.fingerprint
FROM deployments AS d
JOIN service_environments AS e
  ON e.host = d.host AND e.repository_key = d.repository_key AND e.environment = d.environment AND NOT e.has_code
JOIN deployment_status AS s ON s.host = d.host AND s.record_id = d.record_id
CROSS JOIN UNNEST(s.changes.commits) AS commits(c)
WHERE d.kind = 'statuses'
