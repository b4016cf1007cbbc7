-- reverts: each revert that a deployment brought to production, and the deployment that it marks as failed: the first
-- one with the commit that it names, as GitHub's reverts do. If it names no known commit, the last deployment before the
-- revert was written (its pull request opened) that was no rollback, as a rollback brings nothing to revert. deployment
-- is null if unknown, or if the revert was written more than failure_hours (services.toml) after it. A revert of a
-- commit in the same deployment is omitted, because that commit never was in production.
WITH listed AS (
  SELECT *, MAX(CASE WHEN is_revert AND COALESCE(parents, 1) < 2 THEN 1 ELSE 0 END) OVER (
    PARTITION BY host, repository_key, environment, deployment
  ) AS names_one
  FROM listed_changes
),
told AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.place, l.deployed_at, l.sha, l.reverts,
    COALESCE(p.created_at, l.written_at) AS written_at, l.record_id, l.path, p.record_id AS cause_id,
    p.path AS cause_path
  FROM listed AS l
  LEFT JOIN pull_requests AS p
    ON p.host = l.host AND p.repository_key = l.repository_key AND p.merge_commit_sha = l.sha
  WHERE (l.is_revert OR p.is_revert) AND (COALESCE(l.parents, 1) < 2 OR l.names_one = 0)
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, place, deployed_at, COALESCE(merge_commit_sha, identity) AS sha,
    CAST(NULL AS VARCHAR) AS reverts, created_at AS written_at, record_id, path, pull_request_id AS cause_id,
    pull_request_path AS cause_path
  FROM brought WHERE is_revert
),
-- after a rollback the same revert can be deployed again: the first deployment counts
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
  SELECT
    host, repository_key, environment, written_at AS happened_at, 1 AS after, CAST(NULL AS BIGINT) AS planned, sha
  FROM once WHERE written_at IS NOT NULL
),
followed AS (
  SELECT *, MAX(planned) OVER (
    PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, after NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS last_planned
  FROM moments
),
first_listed AS (
  SELECT host, repository_key, environment, sha, MIN(place) AS place FROM listed_changes
  GROUP BY host, repository_key, environment, sha
),
blamed AS (
  SELECT
    r.*, o.place AS brought_at,
    CASE
      WHEN o.place IS NOT NULL THEN o.place
      WHEN m.last_planned < r.place THEN m.last_planned
      WHEN m.last_planned >= r.place THEN d.planned_before
    END AS failed_place
  FROM once AS r
  JOIN deployments AS d
    ON d.host = r.host AND d.repository_key = r.repository_key AND d.environment = r.environment AND d.place = r.place
  LEFT JOIN followed AS m
    ON m.host = r.host AND m.repository_key = r.repository_key AND m.environment = r.environment AND m.sha = r.sha
  LEFT JOIN first_listed AS o
    ON o.host = r.host AND o.repository_key = r.repository_key AND o.environment = r.environment AND o.sha = r.reverts
)
SELECT
  b.host, b.repository_key, b.environment, b.sha, f.deployment, b.deployment AS mended_by, b.deployed_at,
  b.written_at, COALESCE(b.cause_id, b.record_id) AS record_id, COALESCE(b.cause_path, b.path) AS path
FROM blamed AS b
JOIN catalog AS c ON c.host = b.host AND c.repository_key = b.repository_key
LEFT JOIN deployments AS f
  ON f.host = b.host AND f.repository_key = b.repository_key AND f.environment = b.environment
  AND f.place = b.failed_place
  AND DATE_DIFF('millisecond', f.deployed_at, COALESCE(b.written_at, b.deployed_at)) <= c.failure_hours * 3600000
WHERE b.brought_at IS NULL OR b.brought_at < b.place
