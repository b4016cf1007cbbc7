-- rework: each deployment that responded to a failure, or for which that is unknown (is_known false). Rework is a
-- rollback, a deployment with a revert or hotfix and no change that is older than that, and the one fix of an incident.
-- A remediation with older riders is unknown, and so is another deployment that began while an incident without a
-- remediation was open, at most hotfix_hours (services.toml) after its opening.
WITH remediated AS (
  SELECT DISTINCT host, repository_key, environment, deployment FROM failures
  WHERE deployment IS NOT NULL AND reason <> 'incident'
),
unremediated AS (
  SELECT i.host, i.issue_key, i.incident, i.repository_key, i.environment
  FROM incidents AS i
  LEFT JOIN remediated AS r
    ON r.host = i.host AND r.repository_key = i.repository_key AND r.environment = i.environment
    AND r.deployment = i.deployment
  WHERE r.deployment IS NULL
),
-- where an incident names no deployment, each environment of its services may have it
open_places AS (
  SELECT DISTINCT u.host, u.issue_key, u.incident, e.repository_key, e.environment
  FROM unremediated AS u
  JOIN incident_services AS i
    ON i.host = u.host AND i.repository_key = u.issue_key AND i.incident = u.incident
  JOIN service_environments AS e ON e.host = i.host AND e.service = i.service
  WHERE i.environment = '' OR LOWER(e.name) = i.environment
)
SELECT host, repository_key, environment, deployment, 'rollback' AS reason, TRUE AS is_known FROM deployments
WHERE is_rollback
UNION ALL
SELECT
  l.host, l.repository_key, l.environment, l.fixed_by AS deployment, l.kind AS reason,
  COALESCE(l.is_remediation, FALSE) AND NOT (l.kind = 'revert' AND l.deployment IS NULL) AND r.sha IS NULL AS is_known
FROM remediation_targets AS l
LEFT JOIN remediation_riders AS r
  ON r.host = l.host AND r.repository_key = l.repository_key AND r.environment = l.environment
  AND r.deployment = l.fixed_by AND r.sha = l.sha
WHERE COALESCE(l.is_remediation, TRUE)
UNION ALL
SELECT host, repository_key, environment, fixed_by AS deployment, 'incident' AS reason, TRUE AS is_known
FROM incident_fixes WHERE fixed_by IS NOT NULL
UNION ALL
SELECT d.host, d.repository_key, d.environment, d.deployment, 'incident' AS reason, FALSE AS is_known
FROM open_places AS o
JOIN incident_spans AS s ON s.host = o.host AND s.repository_key = o.issue_key AND s.incident = o.incident
JOIN deployments AS d
  ON d.host = o.host AND d.repository_key = o.repository_key AND d.environment = o.environment
  AND d.deployed_at > s.started_at AND (s.ended_at IS NULL OR d.deployed_at <= s.ended_at)
JOIN candidates AS b
  ON b.host = d.host AND b.repository_key = d.repository_key AND b.environment = d.environment
  AND b.deployment = d.deployment AND b.began_at > s.started_at
  AND DATE_DIFF('millisecond', s.started_at, d.deployed_at) <= b.hotfix_hours * 3600000
