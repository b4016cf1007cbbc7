-- brought_pull_requests: each pull request that a listed commit brings as a whole (listed_pull_requests), and each that a merge,
-- a release or a workflow run deploys.
SELECT
  l.host, l.repository_key, l.environment, l.deployment, l.deployment_number, p.identity, p.number, p.merge_commit_sha,
  p.own_key
FROM listed_pull_requests AS l
JOIN pull_requests AS p
  ON p.host = l.host AND p.repository_key = l.repository_key AND p.identity = l.identity
UNION
SELECT
  d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, p.identity, p.number, p.merge_commit_sha,
  p.own_key
FROM deployed_pull_requests AS d
JOIN pull_requests AS p
  ON p.host = d.host AND p.repository_key = d.repository_key AND p.identity = d.identity
