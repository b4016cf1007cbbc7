-- candidates: each success and each failed attempt with the time at which it began; an incident or a remediation that names
-- nothing is about the newest one before it. A rollback, and what brings only its own remediation, is none.
-- is_certain: it is known to be a candidate. doubt, if that is the one: 0 if known, 1 if inferred, as only the creation of the
-- deployment is known, or not whether the attempt was cancelled. place: the name of its environment in lower case.
WITH ended AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment,
    d.is_counted IS NOT NULL AND d.is_rollback IS NOT NULL AND o.deployment IS NULL AS is_certain
  FROM deployments AS d
  LEFT JOIN only_remediations AS o
    ON o.host = d.host AND o.repository_key = d.repository_key AND o.environment = d.environment
    AND o.deployment = d.deployment
  WHERE NOT COALESCE(d.is_rollback, FALSE) AND NOT COALESCE(o.is_known, FALSE)
  UNION ALL
  SELECT
    host, repository_key, environment, deployment,
    is_counted IS NOT NULL AND failure_certainty <> 'unknown' AS is_certain
  FROM attempts WHERE failed_at IS NOT NULL
)
SELECT
  e.host, e.repository_key, e.environment, e.deployment, s.service, LOWER(s.name) AS place, c.failure_hours, a.ordinal,
  a.began_at, COALESCE(a.deployed_at, a.failed_at) AS ended_at, e.is_certain,
  CASE
    WHEN a.is_begin_known AND (a.deployed_at IS NOT NULL OR a.failure_certainty = 'known') THEN 0
    ELSE 1
  END AS doubt
FROM ended AS e
JOIN attempts AS a
  ON a.host = e.host AND a.repository_key = e.repository_key AND a.environment = e.environment
  AND a.deployment = e.deployment
JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key
JOIN service_environments AS s
  ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment
