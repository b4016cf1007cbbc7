-- incident_targets: each deployment that an incident is or may be about, with the step of the rule that finds it: a, what
-- the incident names as its cause; b, what the last remediation repaired that was deployed while it was open, at most
-- hotfix_hours after its opening; c, what a remediation repaired that came at most hotfix_hours before, with no other
-- deployment between; d, the newest candidate of its service, at most failure_hours before. The first step counts.
-- is_certain: false if it may be about another one: several environments of the service, a record of schema 1.
WITH causes AS (
  SELECT
    i.host, i.repository_key, i.incident, i.service, 'a' AS step, d.host AS target_host,
    d.repository_key AS target_key, d.environment, d.deployment,
    COUNT(*) OVER (PARTITION BY i.host, i.repository_key, i.incident, i.service) = 1 AS is_certain,
    ROW_NUMBER() OVER (
      PARTITION BY i.host, i.repository_key, i.incident, i.service ORDER BY d.deployed_at, d.deployment
    ) AS nth
  FROM incident_services AS i
  JOIN service_environments AS e ON e.host = i.host AND e.service = i.service
  JOIN brought_names AS b
    ON b.host = e.host AND b.repository_key = e.repository_key AND b.environment = e.environment
    AND (
      (b.kind = 'sha' AND LENGTH(i.cause_sha) >= 7 AND SUBSTR(b.name, 1, LENGTH(i.cause_sha)) = i.cause_sha)
      OR (b.kind = 'sha' AND b.name = i.cause_sha)
      OR (
        i.cause_sha IS NULL AND b.kind = 'number' AND b.name = CAST(i.cause_number AS VARCHAR)
        AND b.repository_key = i.repository_key
      )
    )
  JOIN deployments AS d
    ON d.host = b.host AND d.repository_key = b.repository_key AND d.environment = b.environment
    AND d.deployment_number = b.deployment_number AND d.deployed_at < i.opened_at
  WHERE i.is_known AND (i.environment = '' OR LOWER(e.name) = i.environment)
),
during AS (
  SELECT
    i.host, i.repository_key, i.incident, i.service, 'b' AS step, r.host AS target_host,
    r.repository_key AS target_key, r.environment, r.target AS deployment, r.is_certain,
    ROW_NUMBER() OVER (
      PARTITION BY i.host, i.repository_key, i.incident, i.service ORDER BY r.fixed_at DESC, r.is_certain DESC, r.fixed_by
    ) AS nth
  FROM incident_services AS i
  JOIN incident_spans AS s
    ON s.host = i.host AND s.repository_key = i.repository_key AND s.incident = i.incident
  JOIN service_remediations AS r
    ON r.host = i.host AND r.service = i.service AND r.is_named AND r.target_began_at < i.opened_at
    AND r.fixed_at >= s.started_at AND (s.ended_at IS NULL OR r.fixed_at <= s.ended_at)
    AND DATE_DIFF('millisecond', i.opened_at, r.fixed_at) <= r.hotfix_hours * 3600000
  WHERE i.is_known AND (i.environment = '' OR LOWER(r.environment_name) = i.environment)
),
after AS (
  SELECT
    i.host, i.repository_key, i.incident, i.service, i.opened_at, 'c' AS step, r.host AS target_host,
    r.repository_key AS target_key, r.environment, r.target AS deployment, r.is_certain, r.fixed_by, r.fixed_at,
    ROW_NUMBER() OVER (
      PARTITION BY i.host, i.repository_key, i.incident, i.service ORDER BY r.fixed_at DESC, r.is_certain DESC, r.fixed_by
    ) AS nth
  FROM incident_services AS i
  JOIN service_remediations AS r
    ON r.host = i.host AND r.service = i.service AND r.fixed_at <= i.opened_at
    AND DATE_DIFF('millisecond', r.fixed_at, i.opened_at) <= r.hotfix_hours * 3600000
  WHERE i.is_known AND (i.environment = '' OR LOWER(r.environment_name) = i.environment)
),
others AS (
  SELECT DISTINCT a.host, a.repository_key, a.incident, a.service
  FROM after AS a
  JOIN candidates AS c
    ON c.host = a.host AND c.service = a.service AND c.began_at < a.opened_at AND c.ended_at > a.fixed_at
  WHERE a.nth = 1 AND c.deployment <> a.fixed_by
),
near AS (
  SELECT
    i.host, i.repository_key, i.incident, i.service, i.is_known, 'd' AS step, c.host AS target_host,
    c.repository_key AS target_key, c.environment, c.deployment, c.is_certain, c.is_begin_known, c.began_at,
    MAX(CASE WHEN c.is_certain THEN c.began_at END) OVER (
      PARTITION BY i.host, i.repository_key, i.incident, i.service
    ) AS newest_certain,
    ROW_NUMBER() OVER (
      PARTITION BY i.host, i.repository_key, i.incident, i.service
      ORDER BY c.began_at DESC, c.ended_at DESC, c.ordinal DESC NULLS LAST, c.environment
    ) AS nth
  FROM incident_services AS i
  JOIN candidates AS c
    ON c.host = i.host AND c.service = i.service AND c.began_at < i.opened_at
    AND DATE_DIFF('millisecond', c.began_at, i.opened_at) <= c.failure_hours * 3600000
  WHERE i.environment = '' OR LOWER(c.environment_name) = i.environment
),
service_environments AS (
  SELECT host, service, COUNT(DISTINCT environment_name) AS environments FROM candidates
  GROUP BY host, service
),
found AS (
  SELECT host, repository_key, incident, service, step, target_host, target_key, environment, deployment, is_certain
  FROM causes WHERE nth = 1
  UNION ALL
  SELECT host, repository_key, incident, service, step, target_host, target_key, environment, deployment, is_certain
  FROM during WHERE nth = 1
  UNION ALL
  SELECT
    a.host, a.repository_key, a.incident, a.service, a.step, a.target_host, a.target_key, a.environment, a.deployment,
    a.is_certain
  FROM after AS a
  LEFT JOIN others AS o
    ON o.host = a.host AND o.repository_key = a.repository_key AND o.incident = a.incident AND o.service = a.service
  WHERE a.nth = 1 AND o.incident IS NULL
  UNION ALL
  SELECT
    n.host, n.repository_key, n.incident, n.service, n.step, n.target_host, n.target_key, n.environment, n.deployment,
    n.is_known AND n.nth = 1 AND n.is_certain AND n.is_begin_known AND e.environments = 1 AS is_certain
  FROM near AS n
  JOIN service_environments AS e ON e.host = n.host AND e.service = n.service
  WHERE NOT n.is_known OR n.nth = 1 OR n.newest_certain IS NULL OR n.began_at > n.newest_certain
),
ranked AS (
  SELECT *, MIN(step) OVER (PARTITION BY host, repository_key, incident, service) AS first_step FROM found
)
SELECT
  host, repository_key, incident, service, target_key, environment, deployment, is_certain, step
FROM ranked WHERE step = first_step
