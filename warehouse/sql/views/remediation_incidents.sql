-- remediation_incidents: each remediation that names nothing with the incident that decides what it is about: the one opened
-- last of those that are about something else and that were open when it was deployed, at most hotfix_hours (services.toml)
-- after the opening. incident is null if there is none that is known. is_blocked: of one it is not known what it is about.
-- has_base: there is a candidate before it was written.
WITH targeted AS (
  SELECT
    host, issue_key, incident, service, repository_key AS target_key, environment AS target_environment, deployment AS target
  FROM incident_causes
  UNION ALL
  SELECT
    f.host, f.issue_key, f.incident, f.service, f.repository_key AS target_key, f.environment AS target_environment, f.target
  FROM named_follow_ups AS f
  LEFT JOIN incident_causes AS c
    ON c.host = f.host AND c.issue_key = f.issue_key AND c.incident = f.incident AND c.service = f.service
  WHERE c.incident IS NULL
  UNION ALL
  SELECT
    n.host, n.repository_key AS issue_key, n.id AS incident, n.service, n.target_key, n.target_environment, n.target
  FROM near_candidates AS n
  LEFT JOIN incident_causes AS c
    ON c.host = n.host AND c.issue_key = n.repository_key AND c.incident = n.id AND c.service = n.service
  LEFT JOIN named_follow_ups AS f
    ON f.host = n.host AND f.issue_key = n.repository_key AND f.incident = n.id AND f.service = n.service
  WHERE n.kind = 'incident' AND n.nth = 1 AND c.incident IS NULL AND f.incident IS NULL
),
during AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment, r.sha, p.service, p.issue_key, p.incident, p.opened_at,
    p.is_known, p.is_known AND t.incident IS NOT NULL AND NOT (
      t.target_key = r.repository_key AND t.target_environment = r.environment AND t.target = r.deployment
    ) AS has_target
  FROM remediations AS r
  JOIN catalog AS c ON c.host = r.host AND c.repository_key = r.repository_key
  JOIN incident_places AS p
    ON p.host = r.host AND p.repository_key = r.repository_key AND p.environment = r.environment
    AND p.opened_at <= r.deployed_at
    AND DATE_DIFF('millisecond', p.opened_at, r.deployed_at) <= c.hotfix_hours * 3600000
  JOIN incident_spans AS s
    ON s.host = p.host AND s.repository_key = p.issue_key AND s.incident = p.incident
    AND r.deployed_at >= s.started_at AND (s.ended_at IS NULL OR r.deployed_at <= s.ended_at)
  LEFT JOIN targeted AS t
    ON t.host = p.host AND t.issue_key = p.issue_key AND t.incident = p.incident AND t.service = p.service
  WHERE NOT r.is_named
),
ranked AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, deployment, sha, has_target
      ORDER BY opened_at DESC, CAST(incident AS BIGINT) DESC
    ) AS nth,
    MIN(CASE WHEN is_known THEN 1 ELSE 0 END) OVER (
      PARTITION BY host, repository_key, environment, deployment, sha
    ) = 0 AS is_blocked
  FROM during
),
chosen AS (
  SELECT
    host, repository_key, environment, deployment, sha, service,
    MAX(CASE WHEN has_target THEN issue_key END) AS issue_key, MAX(CASE WHEN has_target THEN incident END) AS incident,
    MAX(CASE WHEN is_blocked THEN 1 ELSE 0 END) = 1 AS is_blocked
  FROM ranked WHERE nth = 1
  GROUP BY host, repository_key, environment, deployment, sha, service
)
SELECT
  r.host, r.repository_key, r.environment, r.deployment, r.sha, s.service, c.issue_key, c.incident,
  COALESCE(c.is_blocked, FALSE) AS is_blocked, n.id IS NOT NULL AS has_base
FROM remediations AS r
JOIN service_environments AS s
  ON s.host = r.host AND s.repository_key = r.repository_key AND s.environment = r.environment
LEFT JOIN chosen AS c
  ON c.host = r.host AND c.repository_key = r.repository_key AND c.environment = r.environment
  AND c.deployment = r.deployment AND c.sha = r.sha
LEFT JOIN near_candidates AS n
  ON n.host = r.host AND n.kind = 'remediation' AND n.repository_key = r.repository_key
  AND n.environment = r.environment AND n.id = r.deployment AND n.sha = r.sha AND n.nth = 1
WHERE NOT r.is_named
