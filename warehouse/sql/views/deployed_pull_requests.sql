-- deployed_pull_requests: each pull request that a deployment contains, if deployments are merges, releases or workflow
-- runs, or their code is in other repositories (GitOps). GitHub has no comparison for these, so it is each pull request merged into the branch since the previous
-- deployment. The pull requests of the first deployment are unknown, and so are those of each release of a repository with
-- several lines of releases.
-- A release whose record has a commit was compared with the release before it in its line: it contains the pull requests
-- whose merge commits are listed.
-- A run contains what was merged until its commit: until its pull request's merge, or else until the run began.
-- In Trino, UNNEST of rows returns their fields: there the alias is commits(sha, authored_at, …), see docs/DORA.md.
WITH timeline AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment_number,
    COALESCE(p.merged_at, d.changes_until) AS happened_at, 1 AS event_order, CAST(NULL AS VARCHAR) AS identity
  FROM deployments AS d
  LEFT JOIN pull_requests AS p
    ON p.host = d.host AND p.repository_key = d.repository_key AND p.merge_commit_sha = d.sha
  WHERE d.kind IN ('releases', 'workflow')
  UNION ALL
  SELECT
    p.host, p.repository_key, 'production' AS environment, CAST(NULL AS BIGINT) AS deployment_number,
    p.merged_at AS happened_at, 0 AS event_order, p.identity
  FROM pull_requests AS p
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  WHERE c.deployments IN ('releases', 'workflow') AND p.base_ref = c.branch
),
with_next AS (
  SELECT *, MIN(deployment_number) OVER (
    PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, event_order NULLS FIRST
    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
  ) AS next_deployment_number
  FROM timeline
),
links AS (
  SELECT host, repository_key, environment, next_deployment_number AS deployment_number, identity FROM with_next
  WHERE identity IS NOT NULL AND next_deployment_number > 1
  UNION ALL
  SELECT host, repository_key, environment, deployment_number, deployment AS identity FROM deployments
  WHERE kind = 'merges'
),
found AS (
  SELECT l.host, l.repository_key, l.environment, l.deployment_number, l.identity
  FROM links AS l
  JOIN deployments AS d
    ON d.host = l.host AND d.repository_key = l.repository_key AND d.environment = l.environment
    AND d.deployment_number = l.deployment_number AND d.is_compared
  LEFT JOIN release_versions AS v ON v.host = d.host AND v.record_id = d.record_id
  WHERE v.sha IS NULL
  UNION
  SELECT d.host, d.repository_key, d.environment, d.deployment_number, p.identity
  FROM deployments AS d
  JOIN release_versions AS v ON v.host = d.host AND v.record_id = d.record_id
  CROSS JOIN UNNEST(v.changes.commits) AS commits(c)
  JOIN pull_requests AS p
    ON p.host = d.host AND p.repository_key = d.repository_key AND p.merge_commit_sha = c.sha
  WHERE d.kind = 'releases' AND v.sha IS NOT NULL
),
-- where the code is in other repositories, its pull requests replace those of the repository
brought AS (
  SELECT f.host, f.repository_key, f.environment, f.deployment_number, f.identity
  FROM found AS f
  JOIN service_environments AS e
    ON e.host = f.host AND e.repository_key = f.repository_key AND e.environment = f.environment AND NOT e.has_code
  UNION ALL
  SELECT host, repository_key, environment, deployment_number, identity FROM code_pull_requests
)
SELECT
  d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path,
  p.identity, p.merge_commit_sha, p.created_at, p.is_revert, p.commits, p.commits_id, p.commits_path,
  p.record_id AS pull_request_id, p.path AS pull_request_path
FROM brought AS l
JOIN deployments AS d
  ON d.host = l.host AND d.repository_key = l.repository_key AND d.environment = l.environment
  AND d.deployment_number = l.deployment_number
JOIN pull_requests AS p
  ON p.host = l.host AND p.repository_key = l.repository_key AND p.identity = l.identity
