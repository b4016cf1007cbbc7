-- incident_causes: each incident, for each service that it concerns, that names what it is about (step a: the first deployment
-- that brought its cause), or during which a remediation was deployed whose target began before its opening, at most
-- hotfix_hours (services.toml) after it (step b: the last of these). doubt: 0 if that is known, 1 inferred, 2 unknown.
WITH causes AS (
  SELECT
    p.host, p.issue_key, p.incident, p.service, p.opened_at, p.repository_key, p.environment,
    p.cause_sha, b.name, b.kind, b.deployment_number,
    COUNT(*) OVER (
      PARTITION BY p.host, p.issue_key, p.incident, p.service, p.repository_key, p.environment
    ) AS names
  FROM incident_places AS p
  JOIN brought_names AS b
    ON b.host = p.host AND b.repository_key = p.repository_key AND b.environment = p.environment AND b.kind = 'sha'
    AND SUBSTR(b.name, 1, 7) = SUBSTR(p.cause_sha, 1, 7)
    AND (b.name = p.cause_sha OR (LENGTH(p.cause_sha) >= 7 AND SUBSTR(b.name, 1, LENGTH(p.cause_sha)) = p.cause_sha))
  WHERE p.is_known
),
numbers AS (
  SELECT p.host, p.issue_key, p.incident, p.service, p.opened_at, p.repository_key, p.environment, b.deployment_number
  FROM incident_places AS p
  JOIN brought_names AS b
    ON b.host = p.host AND b.repository_key = p.repository_key AND b.environment = p.environment AND b.kind = 'number'
    AND b.name = p.issue_key || '#' || CAST(p.cause_number AS VARCHAR)
  LEFT JOIN causes AS c
    ON c.host = p.host AND c.issue_key = p.issue_key AND c.incident = p.incident AND c.service = p.service
    AND c.repository_key = p.repository_key AND c.environment = p.environment
  WHERE p.is_known AND c.incident IS NULL
),
named AS (
  SELECT host, issue_key, incident, service, opened_at, repository_key, environment, deployment_number FROM causes
  WHERE names = 1 OR name = cause_sha
  UNION ALL
  SELECT host, issue_key, incident, service, opened_at, repository_key, environment, deployment_number FROM numbers
),
by_name AS (
  SELECT
    n.host, n.issue_key, n.incident, n.service, 'a' AS step, n.repository_key, n.environment, d.deployment, d.is_counted,
    COUNT(*) OVER (PARTITION BY n.host, n.issue_key, n.incident, n.service) AS deployments,
    ROW_NUMBER() OVER (
      PARTITION BY n.host, n.issue_key, n.incident, n.service ORDER BY d.deployed_at, d.ordinal, d.deployment
    ) AS nth
  FROM named AS n
  JOIN deployments AS d
    ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
    AND d.deployment_number = n.deployment_number
  JOIN attempts AS a
    ON a.host = d.host AND a.repository_key = d.repository_key AND a.environment = d.environment
    AND a.deployment = d.deployment AND a.began_at < n.opened_at
),
by_remediation AS (
  SELECT
    p.host, p.issue_key, p.incident, p.service, 'b' AS step, t.repository_key, t.environment, t.target AS deployment,
    t.doubt,
    ROW_NUMBER() OVER (
      PARTITION BY p.host, p.issue_key, p.incident, p.service
      ORDER BY
        f.deployed_at DESC NULLS LAST, f.ordinal DESC NULLS LAST, f.deployment DESC, a.began_at DESC NULLS LAST, t.doubt
    ) AS nth
  FROM incident_places AS p
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  JOIN named_targets AS t
    ON t.host = p.host AND t.repository_key = p.repository_key AND t.environment = p.environment
  JOIN deployments AS f
    ON f.host = t.host AND f.repository_key = t.repository_key AND f.environment = t.environment
    AND f.deployment = t.fixed_by AND f.deployed_at >= p.opened_at
    AND DATE_DIFF('millisecond', p.opened_at, f.deployed_at) <= c.hotfix_hours * 3600000
  JOIN attempts AS a
    ON a.host = t.host AND a.repository_key = t.repository_key AND a.environment = t.environment
    AND a.deployment = t.target AND a.began_at < p.opened_at
  JOIN incident_spans AS s
    ON s.host = p.host AND s.repository_key = p.issue_key AND s.incident = p.incident
    AND f.deployed_at >= s.started_at AND (s.ended_at IS NULL OR f.deployed_at <= s.ended_at)
  WHERE p.is_known
)
SELECT
  host, issue_key, incident, service, step, repository_key, environment, deployment,
  CASE WHEN is_counted IS NULL THEN 2 WHEN deployments > 1 THEN 1 ELSE 0 END AS doubt
FROM by_name WHERE nth = 1
UNION ALL
SELECT
  r.host, r.issue_key, r.incident, r.service, r.step, r.repository_key, r.environment, r.deployment, r.doubt
FROM by_remediation AS r
LEFT JOIN by_name AS n
  ON n.host = r.host AND n.issue_key = r.issue_key AND n.incident = r.incident AND n.service = r.service AND n.nth = 1
WHERE r.nth = 1 AND n.incident IS NULL
