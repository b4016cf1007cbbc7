-- code_pull_requests: each pull request that a deployment brings whose code is in other repositories (`code` in
-- services.toml): it was merged there since the deployment before, and before this one began. The first deployment, one that
-- goes back and one of the commit that is there already bring nothing: what was merged before them comes with the next one.
WITH timeline AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment_number, a.began_at AS happened_at, 1 AS event_order,
    CAST(NULL AS VARCHAR) AS identity
  FROM deployments AS d
  JOIN service_environments AS e
    ON e.host = d.host AND e.repository_key = d.repository_key AND e.environment = d.environment AND e.has_code
  JOIN attempts AS a
    ON a.host = d.host AND a.repository_key = d.repository_key AND a.environment = d.environment
    AND a.deployment = d.deployment
  WHERE NOT d.is_again AND NOT COALESCE(d.is_rollback, FALSE)
  UNION ALL
  SELECT
    e.host, e.repository_key, e.environment, CAST(NULL AS BIGINT) AS deployment_number, p.merged_at AS happened_at,
    0 AS event_order, p.identity
  FROM service_environments AS e
  JOIN code_repositories AS c
    ON c.host = e.host AND c.repository_key = e.repository_key AND c.service = e.service
  JOIN code_review_involvement AS p
    ON p.host = c.host AND p.repository_key = c.code_key AND (c.branch = '' OR p.base_ref = c.branch)
  WHERE p.merged AND p.merged_at IS NOT NULL
),
with_next AS (
  SELECT *, MIN(deployment_number) OVER (
    PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, event_order NULLS FIRST
    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
  ) AS next_deployment_number
  FROM timeline
)
SELECT n.host, n.repository_key, n.environment, n.next_deployment_number AS deployment_number, n.identity
FROM with_next AS n
JOIN deployments AS d
  ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
  AND d.deployment_number = n.next_deployment_number AND d.previous_deployment IS NOT NULL
WHERE n.identity IS NOT NULL
