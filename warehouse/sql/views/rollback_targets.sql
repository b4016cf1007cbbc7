-- rollback_targets: each rollback with each deployment that it takes out (target): the successes since its commit came last,
-- without rollbacks and without what an earlier rollback took out. Where its commit never was deployed here, that is the one
-- that it replaces. is_first: of several the first one failed, which is inferred, and of the others it is unknown.
-- certainty: known if it is the only one; unknown if one of them, or the rollback itself, may not count. target is null if
-- nothing is left to take out.
WITH rollbacks AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment, r.deployment_number, r.deployed_at, r.previous_deployment,
    r.is_counted, r.record_id, r.path,
    MAX(CASE WHEN r.kind <> 'releases' THEN b.deployment_number END) AS back_to_number
  FROM deployments AS r
  LEFT JOIN deployments AS b
    ON b.host = r.host AND b.repository_key = r.repository_key AND b.environment = r.environment AND b.sha = r.sha
    AND b.deployment_number < r.deployment_number
  WHERE r.is_rollback AND NOT r.is_return
  GROUP BY
    r.host, r.repository_key, r.environment, r.deployment, r.deployment_number, r.deployed_at, r.previous_deployment,
    r.is_counted, r.record_id, r.path
),
-- the rollback that takes out a deployment is the first one after it that goes back past it
passed AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.is_counted, d.is_rollback,
    MIN(r.deployment_number) AS rollback_number
  FROM deployments AS d
  JOIN rollbacks AS r
    ON r.host = d.host AND r.repository_key = d.repository_key AND r.environment = d.environment
    AND r.deployment_number > d.deployment_number
    AND (
      r.back_to_number < d.deployment_number
      OR (
        r.back_to_number IS NULL AND (
          d.deployment = r.previous_deployment
          OR (d.previous_deployment = r.previous_deployment AND d.is_again AND d.is_counted IS NULL)
        )
      )
    )
  WHERE NOT COALESCE(d.is_rollback, FALSE)
  GROUP BY
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.is_counted, d.is_rollback
),
replaced AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment_number AS rollback_number, p.deployment, p.deployment_number,
    p.is_counted, p.is_rollback
  FROM rollbacks AS r
  JOIN passed AS p
    ON p.host = r.host AND p.repository_key = r.repository_key AND p.environment = r.environment
    AND p.rollback_number = r.deployment_number
  WHERE r.back_to_number IS NOT NULL
  UNION ALL
  SELECT
    r.host, r.repository_key, r.environment, r.deployment_number AS rollback_number, d.deployment, d.deployment_number,
    d.is_counted, d.is_rollback
  FROM rollbacks AS r
  JOIN deployments AS p
    ON p.host = r.host AND p.repository_key = r.repository_key AND p.environment = r.environment
    AND p.deployment = r.previous_deployment
  JOIN deployments AS d
    ON d.host = p.host AND d.repository_key = p.repository_key AND d.environment = p.environment
    AND (
      d.deployment = p.deployment
      OR (
        d.previous_deployment = p.deployment AND d.sha = p.sha AND d.is_counted IS NULL
        AND d.deployment_number < r.deployment_number
      )
    )
  WHERE r.back_to_number IS NULL
),
ranked AS (
  SELECT
    *, ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, rollback_number ORDER BY deployment_number
    ) AS nth,
    COUNT(*) OVER (PARTITION BY host, repository_key, environment, rollback_number) AS targets,
    MIN(CASE WHEN is_counted AND is_rollback IS NOT NULL THEN 1 ELSE 0 END) OVER (
      PARTITION BY host, repository_key, environment, rollback_number
    ) AS are_certain
  FROM replaced
)
SELECT
  r.host, r.repository_key, r.environment, r.deployment, r.deployed_at, k.deployment AS target,
  COALESCE(k.nth, 1) = 1 AS is_first,
  CASE
    WHEN r.is_counted IS NULL OR k.are_certain = 0 OR k.nth > 1 THEN 'unknown'
    WHEN k.targets > 1 THEN 'inferred'
    ELSE 'known'
  END AS certainty,
  r.record_id, r.path
FROM rollbacks AS r
LEFT JOIN ranked AS k
  ON k.host = r.host AND k.repository_key = r.repository_key AND k.environment = r.environment
  AND k.rollback_number = r.deployment_number
