-- rollback_targets: each rollback with each deployment that it takes out (target): the successes since its commit came last,
-- without rollbacks and without what an earlier rollback took out. If there are several, only one of them failed at first, so
-- none is certain (is_certain). A rollback to a commit that was never deployed here takes out the deployment that it replaces.
WITH rollbacks AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment, r.deployment_number, r.deployed_at, r.previous_deployment,
    r.record_id, r.path, MAX(b.deployment_number) AS back_to_number
  FROM deployments AS r
  LEFT JOIN deployments AS b
    ON b.host = r.host AND b.repository_key = r.repository_key AND b.environment = r.environment AND b.sha = r.sha
    AND b.deployment_number < r.deployment_number
  WHERE r.is_rollback AND NOT r.is_return
  GROUP BY
    r.host, r.repository_key, r.environment, r.deployment, r.deployment_number, r.deployed_at, r.previous_deployment,
    r.record_id, r.path
),
replaced AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment, d.deployment AS target,
    COUNT(*) OVER (PARTITION BY r.host, r.repository_key, r.environment, r.deployment) AS targets
  FROM rollbacks AS r
  JOIN deployments AS d
    ON d.host = r.host AND d.repository_key = r.repository_key AND d.environment = r.environment
    AND d.deployment_number > r.back_to_number AND d.deployment_number < r.deployment_number
  LEFT JOIN rollbacks AS e
    ON e.host = r.host AND e.repository_key = r.repository_key AND e.environment = r.environment
    AND e.deployment_number < r.deployment_number AND e.deployment_number > d.deployment_number
    AND e.back_to_number < d.deployment_number
  WHERE e.deployment IS NULL AND NOT COALESCE(d.is_rollback, FALSE)
)
SELECT
  r.host, r.repository_key, r.environment, r.deployment, r.deployed_at, COALESCE(p.target, r.previous_deployment) AS target,
  CASE WHEN p.target IS NULL THEN r.back_to_number IS NULL ELSE p.targets = 1 END AS is_certain, r.record_id, r.path
FROM rollbacks AS r
LEFT JOIN replaced AS p
  ON p.host = r.host AND p.repository_key = r.repository_key AND p.environment = r.environment
  AND p.deployment = r.deployment
