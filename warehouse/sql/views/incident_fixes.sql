-- incident_fixes: for each deployment that an incident is about and that has no remediation, each deployment that may have fixed
-- it (fixed_by): of its environment, begun after the opening, successful before the closing and at most hotfix_hours
-- (services.toml) after the opening, with changes that were all written after the opening. is_fix: it is the only one, or the only
-- one whose pull request closes the issue. doubt of a fix: 0 if the incident is known to be about the deployment, 1 if inferred.
WITH remediated AS (
  SELECT DISTINCT host, target_key, target_environment, target FROM remediation_targets WHERE is_first
),
change_times AS (
  SELECT
    host, repository_key, environment, deployment, MIN(written_at) AS oldest,
    COUNT(CASE WHEN written_at IS NULL OR (certainty = 'unknown' AND why <> 'it may have arrived before') THEN 1 END)
      AS unknown_times
  FROM changes
  GROUP BY host, repository_key, environment, deployment
),
closing AS (
  SELECT DISTINCT b.host, b.repository_key, b.environment, b.deployment, p.own_key, closed.number
  FROM brought_pull_requests AS b
  JOIN pull_requests AS p ON p.host = b.host AND p.repository_key = b.repository_key AND p.identity = b.identity
  CROSS JOIN UNNEST(p.closes) AS closed(number)
),
possible AS (
  SELECT
    i.host, i.repository_key, i.environment, i.deployment, d.deployment AS fixed_by, d.deployed_at AS fixed_at,
    MAX(
      CASE
        WHEN u.deployment IS NULL AND d.is_counted AND d.is_rollback IS NOT NULL AND t.unknown_times = 0 THEN 1
        ELSE 0
      END
    ) AS is_known,
    MAX(CASE WHEN k.number IS NULL THEN 0 ELSE 1 END) AS closes
  FROM incidents AS i
  JOIN incident_spans AS s ON s.host = i.host AND s.repository_key = i.issue_key AND s.incident = i.incident
  JOIN catalog AS c ON c.host = i.host AND c.repository_key = i.repository_key
  JOIN deployments AS d
    ON d.host = i.host AND d.repository_key = i.repository_key AND d.environment = i.environment
    AND d.deployed_at <= s.ended_at AND d.deployed_at > s.started_at
    AND DATE_DIFF('millisecond', s.started_at, d.deployed_at) <= c.hotfix_hours * 3600000
  JOIN attempts AS b
    ON b.host = d.host AND b.repository_key = d.repository_key AND b.environment = d.environment
    AND b.deployment = d.deployment AND b.began_at > s.started_at
  LEFT JOIN change_times AS t
    ON t.host = d.host AND t.repository_key = d.repository_key AND t.environment = d.environment
    AND t.deployment = d.deployment
  LEFT JOIN unlisted_deployments AS u
    ON u.host = d.host AND u.repository_key = d.repository_key AND u.environment = d.environment
    AND u.deployment = d.deployment
  LEFT JOIN closing AS k
    ON k.host = d.host AND k.repository_key = d.repository_key AND k.environment = d.environment
    AND k.deployment = d.deployment AND k.number = i.number AND k.own_key = i.issue_key
  LEFT JOIN remediated AS r
    ON r.host = i.host AND r.target_key = i.repository_key AND r.target_environment = i.environment
    AND r.target = i.deployment
  WHERE i.certainty <> 'unknown' AND i.recovered_at IS NOT NULL AND r.target IS NULL
    AND NOT COALESCE(d.is_rollback, FALSE) AND (t.oldest IS NULL OR t.oldest > i.opened_at)
    AND (t.deployment IS NOT NULL OR u.deployment IS NOT NULL OR NOT COALESCE(d.is_counted AND d.is_rollback IS NOT NULL, FALSE))
  GROUP BY i.host, i.repository_key, i.environment, i.deployment, d.deployment, d.deployed_at
),
counted AS (
  SELECT
    *, COUNT(*) OVER (PARTITION BY host, repository_key, environment, deployment) AS all_of,
    SUM(is_known) OVER (PARTITION BY host, repository_key, environment, deployment) AS known_of,
    SUM(is_known * closes) OVER (PARTITION BY host, repository_key, environment, deployment) AS closing_of
  FROM possible
),
judged AS (
  SELECT host, repository_key, environment, deployment, MAX(CASE certainty WHEN 'known' THEN 0 ELSE 1 END) AS doubt
  FROM incidents WHERE certainty <> 'unknown'
  GROUP BY host, repository_key, environment, deployment
)
SELECT
  c.host, c.repository_key, c.environment, c.deployment, c.fixed_by, c.fixed_at,
  c.is_known = 1 AND (c.all_of = 1 OR (c.known_of > 1 AND c.closing_of = 1 AND c.closes = 1)) AS is_fix, j.doubt
FROM counted AS c
JOIN judged AS j
  ON j.host = c.host AND j.repository_key = c.repository_key AND j.environment = c.environment
  AND j.deployment = c.deployment
