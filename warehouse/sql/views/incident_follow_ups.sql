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
candidates_after AS (
  SELECT
    p.host, p.issue_key, p.incident, p.service, p.opened_at, e.repository_key, e.environment, e.fixed_by, e.sha,
    e.target, e.is_named, b.began_at, b.deployed_at, b.ordinal, u.issue_key AS parent_key, u.incident AS parent,
    n.target_key AS near_key, n.target_environment AS near_environment, n.target AS near_target,
    CASE WHEN b.is_begin_known THEN 0 ELSE 1 END AS begin_doubt,
    CASE
      WHEN r.kind = 'revert' AND u.incident IS NULL AND e.target IS NULL AND n.doubt = 0 THEN 1
      WHEN e.target IS NULL AND u.incident IS NULL THEN n.doubt
      ELSE e.doubt
    END AS doubt
  FROM incident_places AS p
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  JOIN earlier AS e
    ON e.host = p.host AND e.repository_key = p.repository_key AND e.environment = p.environment
  JOIN attempts AS b
    ON b.host = e.host AND b.repository_key = e.repository_key AND b.environment = e.environment
    AND b.deployment = e.fixed_by AND b.deployed_at <= p.opened_at AND (e.is_named OR b.deployed_at < p.opened_at)
    AND DATE_DIFF('millisecond', b.deployed_at, p.opened_at) <= c.hotfix_hours * 3600000
  LEFT JOIN incident_causes AS k
    ON k.host = p.host AND k.issue_key = p.issue_key AND k.incident = p.incident AND k.service = p.service
  LEFT JOIN remediations AS r
    ON r.host = e.host AND r.repository_key = e.repository_key AND r.environment = e.environment
    AND r.deployment = e.fixed_by AND r.sha = e.sha
  LEFT JOIN remediation_incidents AS u
    ON u.host = e.host AND u.repository_key = e.repository_key AND u.environment = e.environment
    AND u.deployment = e.fixed_by AND u.sha = e.sha AND e.target IS NULL
  LEFT JOIN near_candidates AS n
    ON n.host = e.host AND n.kind = 'remediation' AND n.repository_key = e.repository_key
    AND n.environment = e.environment AND n.id = e.fixed_by AND n.sha = e.sha AND n.nth = 1
    AND e.target IS NULL AND u.incident IS NULL
  WHERE p.is_known AND k.incident IS NULL
),
after AS (
  SELECT
    a.*,
    ROW_NUMBER() OVER (
      PARTITION BY a.host, a.issue_key, a.incident, a.service
      ORDER BY
        a.deployed_at DESC NULLS LAST, a.ordinal DESC NULLS LAST, a.fixed_by DESC,
        CASE WHEN a.is_named THEN 0 ELSE 1 END, t.began_at DESC NULLS LAST, a.doubt, a.sha, a.parent
    ) AS nth
  FROM candidates_after AS a
  LEFT JOIN attempts AS t
    ON t.host = a.host AND t.repository_key = COALESCE(a.near_key, a.repository_key)
    AND t.environment = COALESCE(a.near_environment, a.environment) AND t.deployment = COALESCE(a.target, a.near_target)
)
SELECT
  a.host, a.issue_key, a.incident, a.service, a.parent_key, a.parent,
  COALESCE(a.near_key, a.repository_key) AS target_key,
  COALESCE(a.near_environment, a.environment) AS target_environment, COALESCE(a.target, a.near_target) AS target,
  CASE WHEN d.is_counted IS NULL THEN 2 ELSE a.doubt END AS doubt,
  a.begin_doubt
FROM after AS a
JOIN deployments AS d
  ON d.host = a.host AND d.repository_key = a.repository_key AND d.environment = a.environment
  AND d.deployment = a.fixed_by
JOIN next_begins AS o
  ON o.host = a.host AND o.service = a.service AND o.began_at = a.began_at
WHERE a.nth = 1 AND (o.next_began_at IS NULL OR o.next_began_at >= a.opened_at)
