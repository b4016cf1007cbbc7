-- only_remediations: each deployment that brings nothing but its own remediations. is_known: false if they may be none.
WITH brought AS (
  SELECT host, repository_key, environment, deployment, sha FROM listed_changes
  UNION
  SELECT host, repository_key, environment, deployment, merge_commit_sha AS sha FROM deployed_pull_requests
),
counted AS (
  SELECT
    b.host, b.repository_key, b.environment, b.deployment,
    MAX(CASE WHEN r.sha IS NULL THEN 1 ELSE 0 END) AS has_others,
    MIN(CASE WHEN r.is_known THEN 1 ELSE 0 END) AS are_known
  FROM brought AS b
  LEFT JOIN remediation_commits AS r
    ON r.host = b.host AND r.repository_key = b.repository_key AND r.environment = b.environment
    AND r.deployment = b.deployment AND r.sha = b.sha
  GROUP BY b.host, b.repository_key, b.environment, b.deployment
)
SELECT c.host, c.repository_key, c.environment, c.deployment, c.are_known = 1 AS is_known
FROM counted AS c
LEFT JOIN unlisted_deployments AS u
  ON u.host = c.host AND u.repository_key = c.repository_key AND u.environment = c.environment
  AND u.deployment = c.deployment
WHERE c.has_others = 0 AND u.deployment IS NULL
