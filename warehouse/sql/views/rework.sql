-- rework: each successful deployment that responded to a failure (reason), or for which that is not known. certainty: known,
-- inferred or unknown. Rework is a rollback, a deployment with a revert or hotfix and no change that is older than that, and the
-- one fix of an incident. Unknown: a remediation with older riders, a deployment whose changes are not known, and, if there is no
-- other reason, one that began while an incident without a remediation was open, at most hotfix_hours (services.toml) after its
-- opening.
WITH remedied AS (
  SELECT
    host, repository_key, environment, fixed_by, sha, MIN(CASE WHEN is_first THEN doubt END) AS doubt, MAX(doubt) AS worst
  FROM remediation_targets
  GROUP BY host, repository_key, environment, fixed_by, sha
),
brought AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment, r.kind,
    CASE
      WHEN r.doubt = 2 OR x.sha IS NOT NULL OR u.deployment IS NOT NULL OR r.written_at IS NULL OR i.is_blocked THEN 2
      ELSE COALESCE(t.doubt, r.doubt)
    END AS doubt,
    CASE
      WHEN r.doubt < 2 AND x.sha IS NOT NULL THEN 'it also brings older changes'
      ELSE 'whether it is a response to a failure is not known'
    END AS why
  FROM remediations AS r
  LEFT JOIN remediation_riders AS x
    ON x.host = r.host AND x.repository_key = r.repository_key AND x.environment = r.environment
    AND x.deployment = r.deployment AND x.sha = r.sha
  LEFT JOIN unlisted_deployments AS u
    ON u.host = r.host AND u.repository_key = r.repository_key AND u.environment = r.environment
    AND u.deployment = r.deployment
  LEFT JOIN remediation_incidents AS i
    ON i.host = r.host AND i.repository_key = r.repository_key AND i.environment = r.environment
    AND i.deployment = r.deployment AND i.sha = r.sha
  LEFT JOIN remedied AS t
    ON t.host = r.host AND t.repository_key = r.repository_key AND t.environment = r.environment
    AND t.fixed_by = r.deployment AND t.sha = r.sha
),
remediated AS (
  SELECT DISTINCT i.host, i.issue_key, i.incident, i.service
  FROM incidents AS i
  JOIN remediation_targets AS t
    ON t.host = i.host AND t.target_key = i.repository_key AND t.target_environment = i.environment
    AND t.target = i.deployment AND t.is_first
  WHERE i.certainty <> 'unknown'
),
answers AS (
  SELECT host, repository_key, environment, deployment, kind AS reason, doubt, why FROM brought
  UNION ALL
  SELECT
    host, repository_key, environment, fixed_by AS deployment, 'incident' AS reason, MIN(doubt) AS doubt,
    'whether it is a response to a failure is not known' AS why
  FROM incident_fixes WHERE is_fix
  GROUP BY host, repository_key, environment, fixed_by
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, CAST(NULL AS VARCHAR) AS reason, 2 AS doubt,
    'its changes are not known' AS why
  FROM unlisted_deployments WHERE NOT is_first
),
during AS (
  SELECT DISTINCT d.host, d.repository_key, d.environment, d.deployment
  FROM incident_places AS p
  JOIN incident_spans AS s ON s.host = p.host AND s.repository_key = p.issue_key AND s.incident = p.incident
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  JOIN deployments AS d
    ON d.host = p.host AND d.repository_key = p.repository_key AND d.environment = p.environment
    AND d.deployed_at > s.started_at AND (s.ended_at IS NULL OR d.deployed_at <= s.ended_at)
    AND DATE_DIFF('millisecond', s.started_at, d.deployed_at) <= c.hotfix_hours * 3600000
  JOIN attempts AS a
    ON a.host = d.host AND a.repository_key = d.repository_key AND a.environment = d.environment
    AND a.deployment = d.deployment AND a.began_at > s.started_at
  LEFT JOIN remediated AS r
    ON r.host = p.host AND r.issue_key = p.issue_key AND r.incident = p.incident AND r.service = p.service
  WHERE r.incident IS NULL
),
everything AS (
  SELECT host, repository_key, environment, deployment, reason, doubt, why FROM answers
  UNION ALL
  SELECT
    u.host, u.repository_key, u.environment, u.deployment, 'incident' AS reason, 2 AS doubt,
    'deployed during an open incident: whether because of it is not known' AS why
  FROM during AS u
  LEFT JOIN (SELECT DISTINCT host, repository_key, environment, deployment FROM answers) AS a
    ON a.host = u.host AND a.repository_key = u.repository_key AND a.environment = u.environment
    AND a.deployment = u.deployment
  WHERE a.deployment IS NULL
),
ranked AS (
  SELECT
    *, ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, deployment ORDER BY doubt, reason NULLS LAST, why
    ) AS nth
  FROM everything
)
SELECT
  d.host, d.repository_key, d.environment, d.deployment, CASE WHEN d.is_rollback THEN 'rollback' ELSE r.reason END AS reason,
  CASE
    WHEN d.is_counted IS NULL OR d.is_rollback IS NULL THEN 'unknown'
    WHEN d.is_rollback OR r.doubt = 0 THEN 'known'
    WHEN r.doubt = 1 THEN 'inferred'
    ELSE 'unknown'
  END AS certainty,
  CASE
    WHEN d.is_counted IS NULL THEN 'whether it is a deployment of its own is not known'
    WHEN d.is_rollback THEN 'rollback'
    WHEN d.is_rollback IS NULL THEN 'whether it went back is not known'
    WHEN r.doubt < 2 THEN r.reason
    ELSE r.why
  END AS why
FROM deployments AS d
LEFT JOIN ranked AS r
  ON r.host = d.host AND r.repository_key = d.repository_key AND r.environment = d.environment
  AND r.deployment = d.deployment AND r.nth = 1
WHERE d.is_counted IS NULL OR COALESCE(d.is_rollback, TRUE) OR r.deployment IS NOT NULL
