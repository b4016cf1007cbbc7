-- reverts: each revert that a deployment brought to production, and the deployment that it takes for failed: the last
-- before the revert was written (its pull request opened) that was no rollback, as a rollback brings nothing to revert.
-- What was reverted is not told by GitHub, so a revert of what never reached production is taken for one too.
WITH told AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.place, l.deployed_at, l.sha,
    COALESCE(p.created_at, l.written_at) AS written_at, l.record_id, l.path, p.record_id AS cause_id,
    p.path AS cause_path
  FROM listed_changes AS l
  LEFT JOIN pull_requests AS p
    ON p.host = l.host AND p.repository_key = l.repository_key AND p.merge_commit_sha = l.sha
  WHERE l.is_revert OR p.is_revert
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, place, deployed_at, COALESCE(merge_commit_sha, identity) AS sha,
    created_at AS written_at, record_id, path, pull_request_id AS cause_id, pull_request_path AS cause_path
  FROM brought WHERE is_revert
),
-- after a rollback the same revert can come to production again: the first time counts
in_order AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, sha ORDER BY place NULLS FIRST
  ) AS nth
  FROM told
),
once AS (
  SELECT * FROM in_order WHERE nth = 1
),
moments AS (
  SELECT
    host, repository_key, environment, deployed_at AS happened_at, 0 AS after, place AS planned,
    CAST(NULL AS VARCHAR) AS sha
  FROM deployments WHERE NOT COALESCE(is_rollback, FALSE)
  UNION ALL
  SELECT host, repository_key, environment, written_at AS happened_at, 1 AS after, CAST(NULL AS BIGINT) AS planned, sha
  FROM once WHERE written_at IS NOT NULL
),
followed AS (
  SELECT *, MAX(planned) OVER (
    PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, after NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS last_planned
  FROM moments
)
SELECT
  r.host, r.repository_key, r.environment, r.sha, f.deployment, r.deployment AS mended_by, r.deployed_at,
  r.written_at, COALESCE(r.cause_id, r.record_id) AS record_id, COALESCE(r.cause_path, r.path) AS path
FROM once AS r
JOIN deployments AS d
  ON d.host = r.host AND d.repository_key = r.repository_key AND d.environment = r.environment AND d.place = r.place
LEFT JOIN followed AS m
  ON m.host = r.host AND m.repository_key = r.repository_key AND m.environment = r.environment AND m.sha = r.sha
LEFT JOIN deployments AS f
  ON f.host = r.host AND f.repository_key = r.repository_key AND f.environment = r.environment
  AND f.place = CASE
    WHEN m.last_planned < r.place THEN m.last_planned
    WHEN m.last_planned >= r.place THEN d.planned_before
  END
