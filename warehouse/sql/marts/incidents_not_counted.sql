-- incidents_not_counted: the incidents that no failure of a service can be about. opened_at: UNIX ms.
SELECT DISTINCT
  c.name AS repository, s.service, s.is_exempt,
  DATE_DIFF('millisecond', TIMESTAMP '1970-01-01 00:00:00', i.opened_at) AS opened_at, i.host, i.incident
FROM incident_scopes AS s
JOIN incident_states AS i ON i.host = s.host AND i.repository_key = s.repository_key AND i.incident = s.incident
JOIN catalog AS c ON c.host = s.host AND c.repository_key = s.repository_key
WHERE (s.is_exempt OR s.service IS NULL) AND NOT i.is_elsewhere
