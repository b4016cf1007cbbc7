-- remediation_targets: as linked_remediations; but what names nothing and is deployed while an incident is open, at most
-- hotfix_hours after its opening, is about what that incident is about; of several incidents the one opened last.
WITH during AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment AS fixed_by, r.sha, i.environment AS target_environment,
    i.deployment, i.suspected_deployment,
    ROW_NUMBER() OVER (
      PARTITION BY r.host, r.repository_key, r.environment, r.deployment, r.sha
      ORDER BY i.opened_at DESC, i.incident DESC, i.suspected_deployment
    ) AS nth
  FROM remediations AS r
  JOIN catalog AS c ON c.host = r.host AND c.repository_key = r.repository_key
  JOIN incidents AS i
    ON i.host = r.host AND i.repository_key = r.repository_key AND i.environment = r.environment
    AND i.suspected_deployment <> r.deployment
  JOIN incident_spans AS s
    ON s.host = i.host AND s.repository_key = i.issue_key AND s.incident = i.incident
  WHERE NOT r.is_named AND r.is_known AND r.deployed_at >= s.started_at
    AND (s.ended_at IS NULL OR r.deployed_at <= s.ended_at)
    AND DATE_DIFF('millisecond', i.opened_at, r.deployed_at) <= c.hotfix_hours * 3600000
)
SELECT
  l.host, l.repository_key, l.environment, l.kind, l.sha, l.identity, l.deployment, l.suspected_deployment, l.fixed_by,
  l.deployed_at, l.written_at, l.is_remediation, l.record_id, l.path
FROM linked_remediations AS l
LEFT JOIN during AS d
  ON d.host = l.host AND d.repository_key = l.repository_key AND d.environment = l.environment
  AND d.fixed_by = l.fixed_by AND d.sha = l.sha AND d.nth = 1
WHERE d.sha IS NULL
UNION ALL
SELECT
  d.host, d.repository_key, d.environment, r.kind, d.sha, r.identity, d.deployment, d.suspected_deployment, d.fixed_by,
  r.deployed_at, r.written_at, TRUE AS is_remediation, r.record_id, r.path
FROM during AS d
JOIN remediations AS r
  ON r.host = d.host AND r.repository_key = d.repository_key AND r.environment = d.environment
  AND r.deployment = d.fixed_by AND r.sha = d.sha
WHERE d.nth = 1
