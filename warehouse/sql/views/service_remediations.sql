-- service_remediations: each rollback, revert and hotfix with the deployment that it is about (target) and its own (fixed_by).
-- is_certain: false if it may be about another one, or none. is_named: a rollback, or it names what it is about.
WITH begins AS (
  SELECT host, repository_key, environment, deployment, MIN(began_at) AS began_at FROM candidates
  GROUP BY host, repository_key, environment, deployment
),
found AS (
  SELECT
    host, repository_key, environment, target, deployment AS fixed_by, deployed_at AS fixed_at, 'rollback' AS kind,
    certainty <> 'unknown' AS is_certain, TRUE AS is_named
  FROM rollback_targets WHERE target IS NOT NULL
  UNION ALL
  SELECT
    r.host, r.repository_key, r.environment, r.failed_deployment AS target, r.deployment AS fixed_by,
    d.deployed_at AS fixed_at, 'rollback' AS kind, r.is_certain, TRUE AS is_named
  FROM returns_after_failure AS r
  JOIN deployments AS d
    ON d.host = r.host AND d.repository_key = r.repository_key AND d.environment = r.environment
    AND d.deployment = r.deployment AND d.is_return
  UNION ALL
  SELECT
    l.host, l.repository_key, l.environment, l.suspected_deployment AS target, l.fixed_by, l.deployed_at AS fixed_at,
    l.kind, l.deployment IS NOT NULL AS is_certain, r.is_named
  FROM linked_remediations AS l
  JOIN remediations AS r
    ON r.host = l.host AND r.repository_key = l.repository_key AND r.environment = l.environment
    AND r.deployment = l.fixed_by AND r.sha = l.sha
  WHERE l.suspected_deployment IS NOT NULL AND COALESCE(l.is_remediation, TRUE)
)
SELECT
  f.host, f.repository_key, f.environment, f.target, f.fixed_by, f.fixed_at, f.kind, f.is_certain, f.is_named, s.service,
  s.name AS environment_name, c.hotfix_hours, COALESCE(b.began_at, d.deployed_at, a.failed_at) AS target_began_at
FROM found AS f
JOIN catalog AS c ON c.host = f.host AND c.repository_key = f.repository_key
JOIN service_environments AS s
  ON s.host = f.host AND s.repository_key = f.repository_key AND s.environment = f.environment
LEFT JOIN begins AS b
  ON b.host = f.host AND b.repository_key = f.repository_key AND b.environment = f.environment
  AND b.deployment = f.target
LEFT JOIN deployments AS d
  ON d.host = f.host AND d.repository_key = f.repository_key AND d.environment = f.environment
  AND d.deployment = f.target
LEFT JOIN attempts AS a
  ON a.host = f.host AND a.repository_key = f.repository_key AND a.environment = f.environment
  AND a.deployment = f.target
