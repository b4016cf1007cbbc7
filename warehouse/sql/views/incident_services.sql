-- incident_services: each incident with each service and environment that it concerns (environment empty: any), without
-- those that a label takes out of the numbers. An issue that was transferred to an unknown place concerns none.
SELECT
  i.host, i.repository_key, i.incident, i.number, i.opened_at, i.recovered_at, s.service, s.environment, s.cause_sha,
  s.cause_number, s.is_known
FROM incident_states AS i
JOIN incident_scopes AS s
  ON s.host = i.host AND s.repository_key = i.repository_key AND s.incident = i.incident
WHERE NOT s.is_exempt AND NOT i.is_elsewhere AND s.service IS NOT NULL
