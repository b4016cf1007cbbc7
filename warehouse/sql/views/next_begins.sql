-- next_begins: each time at which a deployment or an attempt of a service began, with the next one, null for the last. An attempt
-- that succeeded, but is no deployment, does not count.
WITH begins AS (
  SELECT DISTINCT s.host, s.service, a.began_at
  FROM service_environments AS s
  JOIN attempts AS a
    ON a.host = s.host AND a.repository_key = s.repository_key AND a.environment = s.environment
  LEFT JOIN deployments AS d
    ON d.host = a.host AND d.repository_key = a.repository_key AND d.environment = a.environment
    AND d.deployment = a.deployment
  WHERE a.deployed_at IS NULL OR d.deployment IS NOT NULL
)
SELECT
  host, service, began_at,
  LEAD(began_at) OVER (PARTITION BY host, service ORDER BY began_at NULLS FIRST) AS next_began_at
FROM begins
