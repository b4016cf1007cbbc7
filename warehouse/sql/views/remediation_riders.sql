-- remediation_riders: each remediation of which it is not known that it is the reason of its deployment: another change
-- arrives with it that was written before the remediation's oldest commit, or at an unknown time.
WITH own AS (
  SELECT r.host, r.repository_key, r.environment, r.deployment, r.sha, r.sha AS change FROM remediations AS r
  UNION
  SELECT r.host, r.repository_key, r.environment, r.deployment, r.sha, s.sha AS change
  FROM remediations AS r
  JOIN pull_request_shas AS s
    ON s.host = r.host AND s.repository_key = r.repository_key AND s.identity = r.identity
  UNION
  SELECT r.host, r.repository_key, r.environment, r.deployment, r.sha, p.merge_commit_sha AS change
  FROM remediations AS r
  JOIN pull_requests AS p ON p.host = r.host AND p.repository_key = r.repository_key AND p.identity = r.identity
)
SELECT DISTINCT r.host, r.repository_key, r.environment, r.deployment, r.sha
FROM remediations AS r
JOIN changes AS a
  ON a.host = r.host AND a.repository_key = r.repository_key AND a.environment = r.environment
  AND a.deployment = r.deployment
LEFT JOIN own AS o
  ON o.host = r.host AND o.repository_key = r.repository_key AND o.environment = r.environment
  AND o.deployment = r.deployment AND o.sha = r.sha AND o.change = a.change
WHERE o.change IS NULL AND COALESCE(a.identity <> r.identity, TRUE)
  AND (r.written_at IS NULL OR a.written_at IS NULL OR a.written_at < r.written_at
    OR (a.certainty = 'unknown' AND a.why <> 'it may have arrived before'))
