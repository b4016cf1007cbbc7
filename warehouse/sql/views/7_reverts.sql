-- reverts: each deployment that brought a revert to production, and the one that the revert takes for failed: the last
-- before the revert was written (its pull request opened) that was no rollback, as a rollback brings nothing to revert.
-- What was reverted is not told by GitHub, so a revert of what never reached production is taken for one too.
WITH told AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.deployed_at, l.sha,
    COALESCE(p.created_at, l.written_at) AS written_at, l.record_id, l.path, p.record_id AS cause_id,
    p.path AS cause_path
  FROM listed_changes AS l
  LEFT JOIN pull_requests AS p
    ON p.host = l.host AND p.repository_key = l.repository_key AND p.merge_commit_sha = l.sha
  WHERE l.is_revert OR p.is_revert
  UNION ALL
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployed_at, p.merge_commit_sha AS sha,
    p.created_at AS written_at, d.record_id, d.path, p.record_id AS cause_id, p.path AS cause_path
  FROM deployments AS d
  JOIN catalog AS c ON c.host = d.host AND c.repository_key = d.repository_key
  JOIN pull_requests AS p
    ON p.host = d.host AND p.repository_key = d.repository_key AND p.base_ref = c.branch AND p.is_revert
    AND (
      (d.kind = 'merges' AND p.identity = d.deployment)
      OR (d.kind IN ('releases', 'workflow') AND p.merged_at > d.changes_since AND p.merged_at <= d.changes_until)
    )
),
-- after a rollback the same revert can come to production again: the first time counts
once AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, sha
    ORDER BY deployed_at NULLS FIRST, deployment NULLS FIRST
  ) AS place
  FROM told
),
found AS (
  SELECT
    r.*, d.deployment AS failed, ROW_NUMBER() OVER (
      PARTITION BY r.host, r.repository_key, r.environment, r.sha
      ORDER BY d.deployed_at DESC, d.ordinal DESC
    ) AS nearest
  FROM once AS r
  LEFT JOIN deployments AS d
    ON d.host = r.host AND d.repository_key = r.repository_key AND d.environment = r.environment
    AND d.deployed_at <= r.written_at AND d.deployed_at < r.deployed_at AND NOT COALESCE(d.is_rollback, FALSE)
  WHERE r.place = 1
)
SELECT
  host, repository_key, environment, sha, failed AS deployment, deployment AS mended_by, deployed_at, written_at,
  COALESCE(cause_id, record_id) AS record_id, COALESCE(cause_path, path) AS path
FROM found WHERE nearest = 1
