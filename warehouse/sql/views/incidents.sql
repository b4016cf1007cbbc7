-- incidents: each incident with the deployment of production that it is about; one of several services is about one of each.
-- repository_key and environment are those of the deployment. deployment is null if it is unknown which one failed;
-- suspected_deployment is then each one that it may be. Both are null if there was none in the last failure_hours
-- (services.toml), or the incident names no service: then repository_key is that of the issue, and environment is empty if
-- that has none. recovered_at is null while the incident is open.
WITH environments_seen AS (
  SELECT DISTINCT host, repository_key, environment FROM deployments
),
exempt AS (
  SELECT DISTINCT host, repository_key, incident FROM incident_scopes WHERE is_exempt
)
SELECT
  t.host, t.target_key AS repository_key, t.environment, CASE WHEN t.is_certain THEN t.deployment END AS deployment,
  t.incident, i.number, i.opened_at, i.recovered_at, i.record_id, i.path, t.deployment AS suspected_deployment,
  t.service, t.repository_key AS issue_key, t.step
FROM incident_targets AS t
JOIN incident_states AS i ON i.host = t.host AND i.repository_key = t.repository_key AND i.incident = t.incident
UNION ALL
SELECT
  i.host, i.repository_key, COALESCE(p.environment, '') AS environment, CAST(NULL AS VARCHAR) AS deployment,
  i.incident, i.number, i.opened_at, i.recovered_at, i.record_id, i.path,
  CAST(NULL AS VARCHAR) AS suspected_deployment, CAST(NULL AS VARCHAR) AS service, i.repository_key AS issue_key,
  CAST(NULL AS VARCHAR) AS step
FROM incident_states AS i
LEFT JOIN incident_targets AS t ON t.host = i.host AND t.repository_key = i.repository_key AND t.incident = i.incident
LEFT JOIN exempt AS x ON x.host = i.host AND x.repository_key = i.repository_key AND x.incident = i.incident
LEFT JOIN environments_seen AS p ON p.host = i.host AND p.repository_key = i.repository_key
WHERE t.incident IS NULL AND x.incident IS NULL
