-- incidents: each incident with each deployment of production that it is or may be about; one of several services is about one
-- of each. repository_key and environment are those of the deployment, issue_key is the repository of the issue. certainty:
-- known, inferred or unknown. deployment is null if none of its services deployed in the last failure_hours (services.toml), or
-- the incident names no service (service is null); then repository_key is that of the issue, and environment is empty.
-- is_first: false of the others, if it may be about several. recovered_at is null while the incident is open.
WITH exempt AS (
  SELECT DISTINCT host, repository_key, incident FROM incident_scopes WHERE is_exempt
),
untargeted AS (
  SELECT DISTINCT p.host, p.repository_key, p.incident, p.service
  FROM incident_scopes AS p
  LEFT JOIN exempt AS x ON x.host = p.host AND x.repository_key = p.repository_key AND x.incident = p.incident
  LEFT JOIN incident_targets AS t
    ON t.host = p.host AND t.issue_key = p.repository_key AND t.incident = p.incident AND t.service = p.service
  WHERE x.incident IS NULL AND t.incident IS NULL
)
SELECT
  t.host, t.target_key AS repository_key, t.target_environment AS environment, t.target AS deployment,
  CASE t.doubt WHEN 0 THEN 'known' WHEN 1 THEN 'inferred' ELSE 'unknown' END AS certainty, t.is_first, t.incident,
  i.number, i.opened_at, i.recovered_at, i.record_id, i.path, t.service, t.issue_key, t.step
FROM incident_targets AS t
JOIN incident_states AS i ON i.host = t.host AND i.repository_key = t.issue_key AND i.incident = t.incident
UNION ALL
SELECT
  i.host, i.repository_key, '' AS environment, CAST(NULL AS VARCHAR) AS deployment, 'unknown' AS certainty,
  TRUE AS is_first, i.incident, i.number, i.opened_at, i.recovered_at, i.record_id, i.path,
  CASE WHEN NOT i.is_elsewhere THEN u.service END AS service, i.repository_key AS issue_key,
  CAST(NULL AS VARCHAR) AS step
FROM untargeted AS u
JOIN incident_states AS i ON i.host = u.host AND i.repository_key = u.repository_key AND i.incident = u.incident
