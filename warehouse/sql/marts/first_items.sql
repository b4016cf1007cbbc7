-- first_items: when the first item of each measure per day happened, of all times (UNIX ms): from then on, none is a known zero.
-- Reads items: the rows of these measures.
WITH places AS (
  SELECT host, repository_key, service, '' AS repository FROM catalog
  UNION ALL
  SELECT host, repository_key, service, name AS repository FROM catalog
),
firsts AS (
  SELECT
    e.measure, COALESCE(s.service, c.service) AS service, c.repository, COALESCE(s.name, e.environment) AS environment,
    MIN(e.happened_at) AS happened_at
  FROM items AS e
  JOIN places AS c ON c.host = e.host AND c.repository_key = e.repository_key
  LEFT JOIN report_environments AS s
    ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment
  WHERE e.measure IN ({per_day})
  GROUP BY e.measure, COALESCE(s.service, c.service), c.repository, COALESCE(s.name, e.environment)
)
SELECT
  measure, service, repository, environment,
  DATE_DIFF('millisecond', TIMESTAMP '1970-01-01 00:00:00', happened_at) AS first_at
FROM firsts
