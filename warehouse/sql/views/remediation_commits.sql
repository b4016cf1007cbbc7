-- remediation_commits: each commit that a remediation's deployment lists and that is the remediation's own: its commit, or
-- one of its pull request. is_known: false if it may be no remediation.
WITH own AS (
  SELECT host, repository_key, environment, deployment, sha, doubt FROM remediations
  UNION ALL
  SELECT r.host, r.repository_key, r.environment, r.deployment, s.sha, r.doubt
  FROM remediations AS r
  JOIN pull_request_shas AS s
    ON s.host = r.host AND s.repository_key = r.repository_key AND s.identity = r.identity
  UNION ALL
  SELECT r.host, r.repository_key, r.environment, r.deployment, p.merge_commit_sha AS sha, r.doubt
  FROM remediations AS r
  JOIN pull_requests AS p ON p.host = r.host AND p.repository_key = r.repository_key AND p.identity = r.identity
)
SELECT host, repository_key, environment, deployment, sha, MIN(doubt) < 2 AS is_known
FROM own WHERE sha IS NOT NULL
GROUP BY host, repository_key, environment, deployment, sha
