-- incident_fixes: for each failed deployment with an incident and without a remediation, what fixed it (fixed_by): the only
-- deployment of its environment that began after the opening, succeeded before the closing and at most hotfix_hours after
-- the opening, and brings changes that were all written after the opening; of several the one whose pull request closes
-- the issue. candidates: how many it may be; fixed_by is null unless that is one. Open incidents have no fix yet.
WITH remediated AS (
  SELECT DISTINCT host, repository_key, environment, deployment FROM failures
  WHERE deployment IS NOT NULL AND reason <> 'incident'
),
arrivals AS (
  SELECT
    host, repository_key, environment, deployment, written_at,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, change ORDER BY deployed_at NULLS FIRST, deployment NULLS FIRST
    ) AS nth
  FROM changes
),
change_times AS (
  SELECT
    host, repository_key, environment, deployment, MIN(written_at) AS oldest, COUNT(*) AS changes,
    COUNT(*) - COUNT(written_at) AS unknown_times
  FROM arrivals WHERE nth = 1
  GROUP BY host, repository_key, environment, deployment
),
closing AS (
  SELECT b.host, b.repository_key, b.environment, b.deployment, p.own_key, k.number
  FROM brought_pull_requests AS b
  JOIN pull_requests AS p ON p.host = b.host AND p.repository_key = b.repository_key AND p.identity = b.identity
  CROSS JOIN UNNEST(p.closes) AS closed(number)
  JOIN (SELECT DISTINCT number FROM incident_states) AS k ON k.number = closed.number
),
possible AS (
  SELECT
    i.host, i.repository_key, i.environment, i.deployment, d.deployment AS fixed_by, d.deployed_at AS fixed_at,
    MAX(CASE WHEN t.unknown_times = 0 AND d.is_compared AND d.is_rollback IS NOT NULL THEN 1 ELSE 0 END) AS is_known,
    MAX(CASE WHEN k.number IS NULL THEN 0 ELSE 1 END) AS closes
  FROM incidents AS i
  JOIN incident_spans AS s ON s.host = i.host AND s.repository_key = i.issue_key AND s.incident = i.incident
  JOIN deployments AS d
    ON d.host = i.host AND d.repository_key = i.repository_key AND d.environment = i.environment
    AND d.deployed_at <= s.ended_at AND d.deployed_at > s.started_at
  JOIN candidates AS b
    ON b.host = d.host AND b.repository_key = d.repository_key AND b.environment = d.environment
    AND b.deployment = d.deployment AND b.began_at > s.started_at
    AND DATE_DIFF('millisecond', s.started_at, d.deployed_at) <= b.hotfix_hours * 3600000
  JOIN change_times AS t
    ON t.host = d.host AND t.repository_key = d.repository_key AND t.environment = d.environment
    AND t.deployment = d.deployment AND (t.oldest IS NULL OR t.oldest > i.opened_at)
  LEFT JOIN closing AS k
    ON k.host = d.host AND k.repository_key = d.repository_key AND k.environment = d.environment
    AND k.deployment = d.deployment AND k.number = i.number AND k.own_key = i.issue_key
  LEFT JOIN remediated AS r
    ON r.host = i.host AND r.repository_key = i.repository_key AND r.environment = i.environment
    AND r.deployment = i.deployment
  WHERE i.deployment IS NOT NULL AND i.recovered_at IS NOT NULL AND r.deployment IS NULL
  GROUP BY i.host, i.repository_key, i.environment, i.deployment, d.deployment, d.deployed_at
),
counted AS (
  SELECT
    *, COUNT(*) OVER (PARTITION BY host, repository_key, environment, deployment) AS all_of,
    SUM(is_known) OVER (PARTITION BY host, repository_key, environment, deployment) AS known_of,
    SUM(closes) OVER (PARTITION BY host, repository_key, environment, deployment) AS closing_of
  FROM possible
),
chosen AS (
  SELECT
    *, is_known = 1 AND ((all_of = 1 AND known_of = 1) OR (known_of > 1 AND closing_of = 1 AND closes = 1)) AS is_fix
  FROM counted
)
SELECT
  host, repository_key, environment, deployment, MIN(CASE WHEN is_fix THEN fixed_by END) AS fixed_by,
  MIN(CASE WHEN is_fix THEN fixed_at END) AS fixed_at, COUNT(*) AS candidates
FROM chosen
GROUP BY host, repository_key, environment, deployment
