-- listed_changes: each commit that a deployment brings by GitHub's comparisons, as it is on the deployed branch: what its
-- status lists, or a comparison with the deployment that it replaces, and what excluded deployments before it listed
-- (taken_commits). Those of a release say only which pull requests it brings (deployed_pull_requests).
-- pr_number is null if the number in the first line is that of an issue, or of nothing.
-- In Trino, UNNEST of rows returns their fields: there the alias is commits(sha, authored_at, …), see docs/DORA.md.
WITH listed AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path,
    d.takes_excluded, CAST(NULL AS VARCHAR) AS taken_sha, c.sha, c.authored_at, c.is_revert, c.reverts, c.pr_number,
    c.parents, c.revert_depth, c.reverts_number, c.number_kind, c.committed_at, c.fingerprint
  FROM deployments AS d
  JOIN deployment_status AS s ON s.host = d.host AND s.record_id = d.changes_id
  CROSS JOIN UNNEST(s.changes.commits) AS commits(c)
  UNION ALL
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path,
    d.takes_excluded, CAST(NULL AS VARCHAR) AS taken_sha, c.sha, c.authored_at, c.is_revert, c.reverts, c.pr_number,
    c.parents, c.revert_depth, c.reverts_number, c.number_kind, c.committed_at, c.fingerprint
  FROM deployments AS d
  JOIN comparison AS s ON s.host = d.host AND s.record_id = d.changes_id
  CROSS JOIN UNNEST(s.changes.commits) AS commits(c)
  UNION ALL
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path,
    FALSE AS takes_excluded, t.sha AS taken_sha, c.sha, c.authored_at, c.is_revert, c.reverts, c.pr_number, c.parents,
    c.revert_depth, c.reverts_number, c.number_kind, c.committed_at, c.fingerprint
  FROM deployments AS d
  JOIN taken_commits AS t
    ON t.host = d.host AND t.repository_key = d.repository_key AND t.environment = d.environment
    AND t.deployment_number = d.deployment_number AND d.takes_excluded
  JOIN deployment_status AS s ON s.host = t.host AND s.record_id = t.record_id
  CROSS JOIN UNNEST(s.changes.commits) AS commits(c)
)
SELECT
  l.host, l.repository_key, l.environment, l.deployment, l.deployment_number, l.deployed_at, l.record_id, l.path, l.sha,
  COALESCE(l.authored_at, l.committed_at) AS written_at, l.is_revert, l.reverts,
  CASE WHEN COALESCE(l.number_kind, 'pull_request') = 'pull_request' THEN l.pr_number END AS pr_number, l.parents,
  l.revert_depth, l.reverts_number, l.number_kind, l.committed_at, l.fingerprint
FROM listed AS l
LEFT JOIN taken_commits AS t
  ON t.host = l.host AND t.repository_key = l.repository_key AND t.environment = l.environment
  AND t.deployment_number = l.deployment_number AND t.sha = l.sha AND l.takes_excluded
WHERE t.sha IS NULL AND (l.taken_sha IS NULL OR l.taken_sha = l.sha)
