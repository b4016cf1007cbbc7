-- brought: the pull requests that a deployment contains, if deployments are merges, releases or workflow runs. GitHub
-- has no comparison for these, so they are the pull requests merged into the branch since the previous deployment. The
-- pull requests of the first deployment are unknown.
-- A run contains what was merged until its commit: until its pull request's merge, or else until the run began.
WITH moments AS (
  SELECT
    d.host, d.repository_key, d.environment, d.place, COALESCE(p.merged_at, d.changes_until) AS happened_at, 1 AS after,
    CAST(NULL AS VARCHAR) AS identity
  FROM deployments AS d
  LEFT JOIN pull_requests AS p
    ON p.host = d.host AND p.repository_key = d.repository_key AND p.merge_commit_sha = d.sha
  WHERE d.kind IN ('releases', 'workflow')
  UNION ALL
  SELECT
    p.host, p.repository_key, 'production' AS environment, CAST(NULL AS BIGINT) AS place, p.merged_at AS happened_at,
    0 AS after, p.identity
  FROM pull_requests AS p
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  WHERE c.deployments IN ('releases', 'workflow') AND p.base_ref = c.branch
),
followed AS (
  SELECT *, MIN(place) OVER (
    PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, after NULLS FIRST
    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
  ) AS next_place
  FROM moments
),
links AS (
  SELECT host, repository_key, environment, next_place AS place, identity FROM followed
  WHERE identity IS NOT NULL AND next_place > 1
  UNION ALL
  SELECT host, repository_key, environment, place, deployment AS identity FROM deployments WHERE kind = 'merges'
)
SELECT
  d.host, d.repository_key, d.environment, d.deployment, d.place, d.deployed_at, d.record_id, d.path, p.identity,
  p.merge_commit_sha, p.created_at, p.is_revert, p.commits, p.commits_id, p.commits_path,
  p.record_id AS pull_request_id, p.path AS pull_request_path
FROM links AS l
JOIN deployments AS d
  ON d.host = l.host AND d.repository_key = l.repository_key AND d.environment = l.environment AND d.place = l.place
JOIN pull_requests AS p
  ON p.host = l.host AND p.repository_key = l.repository_key AND p.identity = l.identity
