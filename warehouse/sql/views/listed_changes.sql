-- listed_changes: each commit that a deployment brings by GitHub's comparisons, as it is on the deployed branch: what its
-- status lists, or a comparison with the deployment that it replaces, and before these what excluded deployments listed
-- (taken_commits). Those of a release say only which pull requests it brings (deployed_pull_requests). place: the order.
-- In Trino, UNNEST of rows returns their fields: there the alias is commits(sha, authored_at, …), see docs/DORA.md.
WITH own AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path,
    d.takes_excluded, l.sha, l.written_at, l.is_revert, l.reverts, l.pr_number, l.parents, l.revert_depth,
    l.reverts_number, l.number_kind, l.committed_at, l.fingerprint, l.author_kind, l.is_assisted, l.place
  FROM deployments AS d
  JOIN listed_commits AS l
    ON l.host = d.host AND l.repository_key = d.repository_key AND l.environment = d.environment
    AND l.record_id = d.changes_id
  UNION ALL
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path,
    d.takes_excluded, c.sha, c.authored_at AS written_at, c.is_revert, c.reverts,
    CASE WHEN COALESCE(c.number_kind, 'pull_request') = 'pull_request' THEN c.pr_number END AS pr_number, c.parents,
    c.revert_depth, c.reverts_number, c.number_kind, c.committed_at, c.fingerprint, c.author_kind,
    CASE WHEN ARRAY_LENGTH(c.assistants) > 0 THEN TRUE WHEN c.title_kind IS NOT NULL THEN FALSE END AS is_assisted, place
  FROM deployments AS d
  JOIN comparison AS s ON s.host = d.host AND s.record_id = d.changes_id
  CROSS JOIN UNNEST(s.changes.commits) WITH ORDINALITY AS commits(c, place)
)
SELECT
  t.host, t.repository_key, t.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path, l.sha,
  l.written_at, l.is_revert, l.reverts, l.pr_number, l.parents, l.revert_depth, l.reverts_number, l.number_kind,
  l.committed_at, l.fingerprint, l.author_kind, l.is_assisted, t.position AS place
FROM taken_commits AS t
JOIN deployments AS d
  ON d.host = t.host AND d.repository_key = t.repository_key AND d.environment = t.environment
  AND d.deployment_number = t.deployment_number AND d.takes_excluded
JOIN listed_commits AS l
  ON l.host = t.host AND l.repository_key = t.repository_key AND l.environment = t.environment
  AND l.record_id = t.record_id AND l.sha = t.sha
UNION ALL
SELECT
  o.host, o.repository_key, o.environment, o.deployment, o.deployment_number, o.deployed_at, o.record_id, o.path, o.sha,
  o.written_at, o.is_revert, o.reverts, o.pr_number, o.parents, o.revert_depth, o.reverts_number, o.number_kind,
  o.committed_at, o.fingerprint, o.author_kind, o.is_assisted,
  COALESCE(m.position, 0) + o.place AS place
FROM own AS o
LEFT JOIN taken_commits AS t
  ON t.host = o.host AND t.repository_key = o.repository_key AND t.environment = o.environment
  AND t.deployment_number = o.deployment_number AND t.sha = o.sha AND o.takes_excluded
LEFT JOIN (
  SELECT host, repository_key, environment, deployment_number, MAX(position) AS position FROM taken_commits
  GROUP BY host, repository_key, environment, deployment_number
) AS m
  ON m.host = o.host AND m.repository_key = o.repository_key AND m.environment = o.environment
  AND m.deployment_number = o.deployment_number
WHERE t.sha IS NULL
