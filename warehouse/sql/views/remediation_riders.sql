-- remediation_riders: each deployment of a remediation with another change that arrives with it and was written before the
-- remediation's oldest commit, or at an unknown time.
WITH arrivals AS (
  SELECT
    host, repository_key, environment, deployment, change, written_at,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, change ORDER BY deployed_at NULLS FIRST, deployment NULLS FIRST
    ) AS nth
  FROM changes
),
own AS (
  SELECT host, repository_key, environment, deployment, sha AS change FROM remediation_commits
  UNION
  SELECT
    r.host, r.repository_key, r.environment, r.deployment,
    r.identity || '#' || CAST(c.commit_number AS VARCHAR) AS change
  FROM remediations AS r
  JOIN pull_request_commits AS c
    ON c.host = r.host AND c.repository_key = r.repository_key AND c.identity = r.identity
)
SELECT DISTINCT r.host, r.repository_key, r.environment, r.deployment, r.sha
FROM remediations AS r
JOIN arrivals AS a
  ON a.host = r.host AND a.repository_key = r.repository_key AND a.environment = r.environment
  AND a.deployment = r.deployment AND a.nth = 1
LEFT JOIN own AS o
  ON o.host = a.host AND o.repository_key = a.repository_key AND o.environment = a.environment
  AND o.deployment = a.deployment AND o.change = a.change
WHERE o.change IS NULL AND (r.written_at IS NULL OR a.written_at IS NULL OR a.written_at < r.written_at)
