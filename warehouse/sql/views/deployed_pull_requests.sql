-- deployed_pull_requests: each pull request that a deployment contains, if deployments are merges, releases or workflow
-- runs, or their code is in other repositories (GitOps). A merge contains its own; a release or run the pull requests of its
-- merge_spans, or those whose merge commits its comparison with the release before lists. Where the code is in other
-- repositories, its pull requests replace those of the repository.
-- In Trino, UNNEST of rows returns their fields: there the alias is commits(sha, authored_at, …), see docs/DORA.md.
WITH found AS (
  SELECT d.host, d.repository_key, d.environment, d.deployment_number, d.deployment AS identity
  FROM deployments AS d
  JOIN service_environments AS e
    ON e.host = d.host AND e.repository_key = d.repository_key AND e.environment = d.environment AND NOT e.has_code
  WHERE d.kind = 'merges'
  UNION
  SELECT host, repository_key, environment, deployment_number, identity FROM code_pull_requests
  UNION
  SELECT s.host, s.repository_key, s.environment, s.deployment_number, p.identity
  FROM merge_spans AS s
  CROSS JOIN UNNEST(GENERATE_SERIES(s.first_number, s.last_number)) AS places(place)
  JOIN pull_requests AS p
    ON p.host = s.host AND p.repository_key = s.repository_key AND p.base_ref = s.branch AND p.merge_number = place
    AND p.own_key = p.repository_key
  WHERE s.first_number <= s.last_number
  UNION
  SELECT s.host, s.repository_key, s.environment, s.deployment_number, p.identity
  FROM merge_spans AS s
  JOIN release_versions AS v ON v.host = s.host AND v.record_id = s.record_id
  CROSS JOIN UNNEST(v.changes.commits) AS commits(c)
  JOIN pull_requests AS p
    ON p.host = s.host AND p.repository_key = s.repository_key AND p.merge_commit_sha = c.sha
  WHERE s.is_listed
)
SELECT
  d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path,
  p.identity, p.merge_commit_sha, p.created_at, p.merged_at, p.is_revert, p.commits, p.commits_id, p.commits_path,
  p.record_id AS pull_request_id, p.path AS pull_request_path
FROM found AS l
JOIN deployments AS d
  ON d.host = l.host AND d.repository_key = l.repository_key AND d.environment = l.environment
  AND d.deployment_number = l.deployment_number
JOIN pull_requests AS p
  ON p.host = l.host AND p.repository_key = l.repository_key AND p.identity = l.identity
