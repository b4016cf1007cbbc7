-- hidden_arrivals: each deployment that goes back, or may go back, past deployments of which it is not known what they
-- brought. A change that comes after it and was written until hidden_until may have arrived with one of those.
WITH hidden AS (
  SELECT d.host, d.repository_key, d.environment, d.deployment_number, d.deployed_at
  FROM deployments AS d
  JOIN brought_changes AS b
    ON b.host = d.host AND b.repository_key = d.repository_key AND b.environment = d.environment
    AND b.deployment = d.deployment AND b.change = 'of ' || d.deployment
  WHERE NOT COALESCE(d.is_rollback, FALSE)
),
returns AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment_number, MAX(b.deployment_number) AS back_to_number
  FROM deployments AS r
  LEFT JOIN deployments AS b
    ON b.host = r.host AND b.repository_key = r.repository_key AND b.environment = r.environment AND b.sha = r.sha
    AND b.deployment_number < r.deployment_number
  WHERE COALESCE(r.is_rollback, TRUE)
  GROUP BY r.host, r.repository_key, r.environment, r.deployment_number
)
SELECT r.host, r.repository_key, r.environment, r.deployment_number, MAX(h.deployed_at) AS hidden_until
FROM returns AS r
JOIN hidden AS h
  ON h.host = r.host AND h.repository_key = r.repository_key AND h.environment = r.environment
  AND h.deployment_number < r.deployment_number AND h.deployment_number > COALESCE(r.back_to_number, 0)
GROUP BY r.host, r.repository_key, r.environment, r.deployment_number
