-- merge_spans: each of merge_deployments with the pull requests that it brings: those merged into its branch that are numbered
-- (pull_requests.merge_number) from first_number to last_number. Both are null if that is not known, and of a release whose
-- comparison lists which came.
WITH -- how many pull requests were merged into a branch until a time
times AS (
  SELECT DISTINCT host, repository_key, merge_branch, since_at AS happened_at FROM merge_deployments WHERE NOT is_listed
  UNION
  SELECT DISTINCT host, repository_key, merge_branch, begun_at AS happened_at FROM merge_deployments WHERE NOT is_listed
),
events AS (
  SELECT host, repository_key, base_ref AS branch, merged_at AS happened_at, 0 AS is_asked FROM pull_requests
  WHERE own_key = repository_key
  UNION ALL
  SELECT host, repository_key, merge_branch AS branch, happened_at, 1 AS is_asked FROM times
  WHERE merge_branch IS NOT NULL AND happened_at IS NOT NULL
),
counted AS (
  SELECT *, COUNT(CASE WHEN is_asked = 0 THEN 1 END) OVER (
    PARTITION BY host, repository_key, branch ORDER BY happened_at NULLS FIRST, is_asked NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS merges
  FROM events
),
answers AS (
  SELECT host, repository_key, branch, happened_at, merges FROM counted WHERE is_asked = 1
)
SELECT
  p.host, p.repository_key, p.environment, p.kind, p.deployment, p.deployment_number, p.deployed_at, p.record_id, p.path,
  p.is_line_known, p.is_listed, p.since_sha, p.since_at, p.merge_branch AS branch,
  CASE
    WHEN p.is_line_known AND NOT p.is_listed AND p.since_at IS NOT NULL THEN COALESCE(s.merge_number, f.merges) + 1
  END AS first_number,
  CASE WHEN p.is_line_known AND NOT p.is_listed THEN COALESCE(p.own_number, l.merges) END AS last_number
FROM merge_deployments AS p
LEFT JOIN merged_commits AS m ON m.host = p.host AND m.repository_key = p.repository_key AND m.sha = p.since_sha
LEFT JOIN pull_requests AS s
  ON s.host = m.host AND s.repository_key = m.repository_key AND s.identity = m.identity AND s.base_ref = p.merge_branch
  AND s.own_key = s.repository_key
LEFT JOIN answers AS f
  ON f.host = p.host AND f.repository_key = p.repository_key AND f.branch = p.merge_branch AND f.happened_at = p.since_at
LEFT JOIN answers AS l
  ON l.host = p.host AND l.repository_key = p.repository_key AND l.branch = p.merge_branch AND l.happened_at = p.begun_at
