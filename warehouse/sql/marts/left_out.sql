-- left_out: the successful deployments of each period that are in no number, by repository: those that `exclude` leaves out, and
-- those to environments that are not production.
WITH split AS (
  SELECT DISTINCT host, repository_key FROM parts
),
successes AS (
  SELECT DISTINCT host, repository_key, service, TRUE AS is_excluded, name, deployment, deployed_at
  FROM part_attempts WHERE is_left_out AND deployed_at IS NOT NULL
  UNION ALL
  SELECT
    s.host, s.repository_key, CASE WHEN p.host IS NULL THEN c.service ELSE c.name END AS service, FALSE AS is_excluded,
    e.environment AS name, CAST(s.deployment_id AS VARCHAR) AS deployment,
    MIN(COALESCE(s.created_at, s.updated_at, s.deployment_created_at)) AS deployed_at
  FROM deployment_status AS s
  JOIN catalog AS c ON c.host = s.host AND c.repository_key = s.repository_key
  JOIN environments AS e
    ON e.host = s.host AND e.repository_key = s.repository_key AND e.name = s.env
    AND e.production_environment IS NOT DISTINCT FROM s.production_environment
    AND e.transient_environment IS NOT DISTINCT FROM s.transient_environment
  LEFT JOIN split AS p ON p.host = s.host AND p.repository_key = s.repository_key
  WHERE c.deployments = 'statuses' AND s.state = 'success' AND NOT e.is_production
  GROUP BY
    s.host, s.repository_key, CASE WHEN p.host IS NULL THEN c.service ELSE c.name END, e.environment,
    CAST(s.deployment_id AS VARCHAR)
)
SELECT
  s.service, c.name AS repository, p.kind, p.name AS period, COUNT(CASE WHEN s.is_excluded THEN 1 END) AS excluded,
  COUNT(CASE WHEN NOT s.is_excluded THEN 1 END) AS not_production
FROM successes AS s
JOIN catalog AS c ON c.host = s.host AND c.repository_key = s.repository_key
JOIN periods AS p ON s.deployed_at >= p.starts_at AND s.deployed_at < p.ends_at
GROUP BY s.service, c.name, p.kind, p.name
