-- unknown: how many items of the periods are unknown, by measure, service and reason. Reads evidence, as numbers.
-- The items of a whole service, of which the name is empty, are those of its environments again.
WITH items AS (
  SELECT
    e.measure, COALESCE(s.service, c.service) AS service, e.why, COALESCE(s.name, e.environment) AS environment
  FROM evidence AS e
  JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key
  LEFT JOIN report_environments AS s
    ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment
  WHERE e.value IS NULL
),
whole AS (
  SELECT DISTINCT service FROM whole_deployments
)
SELECT i.measure, i.service, i.why, COUNT(*) AS items
FROM items AS i
LEFT JOIN whole AS w ON w.service = i.service
WHERE i.measure NOT IN ({dora}) OR i.environment <> '' OR w.service IS NULL
GROUP BY i.measure, i.service, i.why
