-- incident_follow_ups: each incident, for each service, that came after a remediation (step c): at most hotfix_hours
-- (services.toml) after it, with no other deployment or attempt between. It is about what that remediation is about (target).
-- parent: the earlier incident that decides it, if the remediation names nothing and was deployed during that. doubt: 0 if that
-- is known, 1 if inferred, 2 if unknown.
WITH earlier AS (
  SELECT host, repository_key, environment, fixed_by, sha, target, doubt, TRUE AS is_named FROM named_targets
  UNION ALL
  SELECT
    i.host, i.repository_key, i.environment, i.deployment AS fixed_by, i.sha, CAST(NULL AS VARCHAR) AS target,
    0 AS doubt, FALSE AS is_named
  FROM remediation_incidents AS i
  JOIN remediations AS r
    ON r.host = i.host AND r.repository_key = i.repository_key AND r.environment = i.environment
    AND r.deployment = i.deployment AND r.sha = i.sha
  WHERE NOT i.is_blocked AND (i.has_base OR i.incident IS NOT NULL) AND r.doubt < 2
),
after AS (
  SELECT
    p.host, p.issue_key, p.incident, p.service, p.opened_at, e.repository_key, e.environment, e.fixed_by, e.sha,
    e.target, e.doubt, b.began_at, CASE WHEN b.is_begin_known THEN 0 ELSE 1 END AS begin_doubt,
    ROW_NUMBER() OVER (
      PARTITION BY p.host, p.issue_key, p.incident, p.service
      ORDER BY
        b.deployed_at DESC NULLS LAST, b.ordinal DESC NULLS LAST, b.deployment DESC,
        CASE WHEN e.is_named THEN 0 ELSE 1 END, t.began_at DESC NULLS LAST, e.doubt
    ) AS nth
  FROM incident_places AS p
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  JOIN earlier AS e
    ON e.host = p.host AND e.repository_key = p.repository_key AND e.environment = p.environment
  JOIN attempts AS b
    ON b.host = e.host AND b.repository_key = e.repository_key AND b.environment = e.environment
    AND b.deployment = e.fixed_by AND b.deployed_at <= p.opened_at AND (e.is_named OR b.deployed_at < p.opened_at)
    AND DATE_DIFF('millisecond', b.deployed_at, p.opened_at) <= c.hotfix_hours * 3600000
  LEFT JOIN attempts AS t
    ON t.host = e.host AND t.repository_key = e.repository_key AND t.environment = e.environment
    AND t.deployment = e.target
  LEFT JOIN incident_causes AS n
    ON n.host = p.host AND n.issue_key = p.issue_key AND n.incident = p.incident AND n.service = p.service
  WHERE p.is_known AND n.incident IS NULL
)
SELECT
  a.host, a.issue_key, a.incident, a.service, u.issue_key AS parent_key, u.incident AS parent,
  COALESCE(n.target_key, a.repository_key) AS target_key,
  COALESCE(n.target_environment, a.environment) AS target_environment, COALESCE(a.target, n.target) AS target,
  CASE
    WHEN d.is_counted IS NULL THEN 2
    WHEN r.kind = 'revert' AND u.incident IS NULL AND a.target IS NULL AND n.doubt = 0 THEN 1
    WHEN a.target IS NULL AND u.incident IS NULL THEN n.doubt
    ELSE a.doubt
  END AS doubt,
  a.begin_doubt
FROM after AS a
JOIN deployments AS d
  ON d.host = a.host AND d.repository_key = a.repository_key AND d.environment = a.environment
  AND d.deployment = a.fixed_by
LEFT JOIN remediations AS r
  ON r.host = a.host AND r.repository_key = a.repository_key AND r.environment = a.environment
  AND r.deployment = a.fixed_by AND r.sha = a.sha
LEFT JOIN remediation_incidents AS u
  ON u.host = a.host AND u.repository_key = a.repository_key AND u.environment = a.environment
  AND u.deployment = a.fixed_by AND u.sha = a.sha AND a.target IS NULL
LEFT JOIN near_candidates AS n
  ON n.host = a.host AND n.kind = 'remediation' AND n.repository_key = a.repository_key
  AND n.environment = a.environment AND n.id = a.fixed_by AND n.sha = a.sha AND n.nth = 1
  AND a.target IS NULL AND u.incident IS NULL
JOIN next_begins AS o
  ON o.host = a.host AND o.service = a.service AND o.began_at = a.began_at
WHERE a.nth = 1 AND (o.next_began_at IS NULL OR o.next_began_at >= a.opened_at)
