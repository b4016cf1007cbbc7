-- incident_spans: each time in which an incident was open: from an opening to the next closing (null: it still is open).
WITH openings AS (
  SELECT host, repository_key, incident, opened_at AS started_at FROM incident_states
  UNION
  SELECT host, repository_key, CAST(id AS VARCHAR) AS incident, "at" AS started_at FROM incident
  WHERE action = 'reopened' AND "at" IS NOT NULL
),
closings AS (
  SELECT DISTINCT host, repository_key, CAST(id AS VARCHAR) AS incident, closed_at FROM incident
  WHERE closed_at IS NOT NULL
)
SELECT o.host, o.repository_key, o.incident, o.started_at, MIN(c.closed_at) AS ended_at
FROM openings AS o
JOIN incident_states AS s ON s.host = o.host AND s.repository_key = o.repository_key AND s.incident = o.incident
LEFT JOIN closings AS c
  ON c.host = o.host AND c.repository_key = o.repository_key AND c.incident = o.incident
  AND (c.closed_at > o.started_at OR (c.closed_at = o.started_at AND o.started_at = s.opened_at))
GROUP BY o.host, o.repository_key, o.incident, o.started_at
