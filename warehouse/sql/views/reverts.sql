-- reverts: each revert that a deployment took to production, and the deployment that it marks as failed: the first
-- one with the commit that it names, as GitHub's reverts do. If it names no known commit, the last deployment before the
-- revert was written (its pull request opened) that was no rollback, as a rollback adds nothing to revert. deployment
-- is null if unknown, or if the revert was written more than failure_hours (services.toml) after it. A revert of a
-- commit in the same deployment is omitted, because that commit never was in production.
WITH flagged AS (
  SELECT *, MAX(CASE WHEN is_revert AND COALESCE(parents, 1) < 2 THEN 1 ELSE 0 END) OVER (
    PARTITION BY host, repository_key, environment, deployment
  ) AS has_listed_revert
  FROM listed_changes
),
candidates AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.deployment_number, l.deployed_at, l.sha, l.reverts,
    COALESCE(p.created_at, l.written_at) AS written_at, l.record_id, l.path, p.record_id AS cause_id,
    p.path AS cause_path
  FROM flagged AS l
  LEFT JOIN pull_requests AS p
    ON p.host = l.host AND p.repository_key = l.repository_key AND p.merge_commit_sha = l.sha
  WHERE (l.is_revert OR p.is_revert) AND (COALESCE(l.parents, 1) < 2 OR l.has_listed_revert = 0)
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, deployment_number, deployed_at,
    COALESCE(merge_commit_sha, identity) AS sha, CAST(NULL AS VARCHAR) AS reverts, created_at AS written_at,
    record_id, path, pull_request_id AS cause_id, pull_request_path AS cause_path
  FROM deployed_pull_requests WHERE is_revert
),
-- after a rollback the same revert can be deployed again: the first deployment counts
numbered AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, sha ORDER BY deployment_number NULLS FIRST
  ) AS nth
  FROM candidates
),
first_deployed AS (
  SELECT * FROM numbered WHERE nth = 1
),
timeline AS (
  SELECT
    host, repository_key, environment, deployed_at AS happened_at, 0 AS event_order,
    deployment_number AS planned_number, CAST(NULL AS VARCHAR) AS sha
  FROM deployments WHERE NOT COALESCE(is_rollback, FALSE)
  UNION ALL
  SELECT
    host, repository_key, environment, written_at AS happened_at, 1 AS event_order,
    CAST(NULL AS BIGINT) AS planned_number, sha
  FROM first_deployed WHERE written_at IS NOT NULL
),
with_last_planned AS (
  SELECT *, MAX(planned_number) OVER (
    PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, event_order NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS last_planned_number
  FROM timeline
),
first_listed AS (
  SELECT host, repository_key, environment, sha, MIN(deployment_number) AS deployment_number FROM listed_changes
  GROUP BY host, repository_key, environment, sha
),
attributed AS (
  SELECT
    r.*, o.deployment_number AS reverted_number,
    CASE
      WHEN o.deployment_number IS NOT NULL THEN o.deployment_number
      WHEN m.last_planned_number < r.deployment_number THEN m.last_planned_number
      WHEN m.last_planned_number >= r.deployment_number THEN d.previous_planned_number
    END AS failed_number
  FROM first_deployed AS r
  JOIN deployments AS d
    ON d.host = r.host AND d.repository_key = r.repository_key AND d.environment = r.environment
    AND d.deployment_number = r.deployment_number
  LEFT JOIN with_last_planned AS m
    ON m.host = r.host AND m.repository_key = r.repository_key AND m.environment = r.environment AND m.sha = r.sha
  LEFT JOIN first_listed AS o
    ON o.host = r.host AND o.repository_key = r.repository_key AND o.environment = r.environment AND o.sha = r.reverts
)
SELECT
  b.host, b.repository_key, b.environment, b.sha, f.deployment, b.deployment AS fixed_by, b.deployed_at,
  b.written_at, COALESCE(b.cause_id, b.record_id) AS record_id, COALESCE(b.cause_path, b.path) AS path
FROM attributed AS b
JOIN catalog AS c ON c.host = b.host AND c.repository_key = b.repository_key
LEFT JOIN deployments AS f
  ON f.host = b.host AND f.repository_key = b.repository_key AND f.environment = b.environment
  AND f.deployment_number = b.failed_number
  AND DATE_DIFF('millisecond', f.deployed_at, COALESCE(b.written_at, b.deployed_at)) <= c.failure_hours * 3600000
WHERE b.reverted_number IS NULL OR b.reverted_number < b.deployment_number
