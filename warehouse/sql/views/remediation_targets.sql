-- remediation_targets: each rollback, revert and hotfix with each deployment that it is or may be about (target), and its own
-- (fixed_by). is_first: false of the others, if it may be about several. What names nothing and is deployed during an incident
-- is about what that incident is about (remediation_incidents), else about the newest candidate before it was written; that of
-- a revert is inferred. doubt: 0 if it is known to be about it, 1 if that is inferred, 2 if not known.
WITH unnamed AS (
  SELECT i.*, r.kind, r.doubt, d.is_counted
  FROM remediation_incidents AS i
  JOIN remediations AS r
    ON r.host = i.host AND r.repository_key = i.repository_key AND r.environment = i.environment
    AND r.deployment = i.deployment AND r.sha = i.sha
  JOIN deployments AS d
    ON d.host = i.host AND d.repository_key = i.repository_key AND d.environment = i.environment
    AND d.deployment = i.deployment
)
SELECT
  host, repository_key, environment, fixed_by, sha, kind, repository_key AS target_key,
  environment AS target_environment, target, TRUE AS is_first, doubt
FROM named_targets
UNION ALL
SELECT
  u.host, u.repository_key, u.environment, u.deployment AS fixed_by, u.sha, u.kind, t.target_key, t.target_environment,
  t.target, u.doubt < 2 AS is_first, CASE WHEN u.doubt = 2 OR u.is_counted IS NULL THEN 2 ELSE t.doubt END AS doubt
FROM unnamed AS u
JOIN incident_targets AS t
  ON t.host = u.host AND t.issue_key = u.issue_key AND t.incident = u.incident AND t.service = u.service AND t.is_first
WHERE u.doubt = 2 OR NOT u.is_blocked
UNION ALL
SELECT
  u.host, u.repository_key, u.environment, u.deployment AS fixed_by, u.sha, u.kind, n.target_key,
  n.target_environment, n.target, n.nth = 1 AND u.doubt < 2 AS is_first,
  CASE
    WHEN u.doubt = 2 OR u.is_counted IS NULL THEN 2
    WHEN u.kind = 'revert' AND n.doubt = 0 THEN 1
    ELSE n.doubt
  END AS doubt
FROM unnamed AS u
JOIN near_candidates AS n
  ON n.host = u.host AND n.kind = 'remediation' AND n.repository_key = u.repository_key
  AND n.environment = u.environment AND n.id = u.deployment AND n.sha = u.sha
WHERE u.doubt = 2 OR (NOT u.is_blocked AND u.incident IS NULL)
