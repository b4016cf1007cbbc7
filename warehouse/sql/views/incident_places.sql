-- incident_places: each incident with each environment of production, of each service that it concerns, where what it is about
-- can have been deployed. A label may narrow it. place: the name of the environment in lower case. is_one: there is no other.
-- is_known: false for a record of schema 1, which does not name causes and all labels: then what it is about is not known.
WITH narrowed AS (
  SELECT
    host, repository_key AS issue_key, incident, number, opened_at, service, cause_sha, cause_number, is_known,
    environment, COUNT(CASE WHEN environment <> '' THEN 1 END) OVER (
      PARTITION BY host, repository_key, incident, service
    ) AS labels
  FROM incident_services
),
environment_counts AS (
  SELECT host, service, COUNT(DISTINCT LOWER(name)) AS environments FROM service_environments
  GROUP BY host, service
)
SELECT
  n.host, n.issue_key, n.incident, n.number, n.opened_at, n.service, n.cause_sha, n.cause_number, n.is_known,
  e.repository_key, e.environment, LOWER(e.name) AS place,
  CASE WHEN n.labels > 0 THEN n.labels ELSE c.environments END = 1 AS is_one
FROM narrowed AS n
JOIN service_environments AS e
  ON e.host = n.host AND e.service = n.service AND (n.environment = '' OR n.environment = LOWER(e.name))
JOIN environment_counts AS c ON c.host = n.host AND c.service = n.service
