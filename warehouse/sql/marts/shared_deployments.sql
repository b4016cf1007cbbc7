-- shared_deployments: the pairs of services that have deployments in common.
WITH split AS (
  SELECT DISTINCT host, repository_key FROM parts
),
own AS (
  SELECT DISTINCT a.host, a.repository_key, a.name, a.deployment, a.service
  FROM part_attempts AS a
  JOIN split AS p ON p.host = a.host AND p.repository_key = a.repository_key
  WHERE NOT a.is_excluded
)
SELECT DISTINCT a.service AS one, b.service AS other
FROM own AS a
JOIN own AS b
  ON b.host = a.host AND b.repository_key = a.repository_key AND b.name = a.name
  AND b.deployment = a.deployment
WHERE a.service < b.service
