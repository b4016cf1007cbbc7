-- incident_targets: each deployment that an incident is or may be about (is_first: the one that it is about, if any is), with the
-- step of the rule that finds it: a and b as in incident_causes; c, what a remediation is about that came at most hotfix_hours
-- (services.toml) before, with no other deployment between; d, the newest candidate. The first step counts. A remediation that
-- names nothing may be about what an earlier incident is about, and so on, up to eight incidents in a row.
-- doubt: 0 if it is known to be about it, 1 if that is inferred, 2 if not known.
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
),
others AS (
  SELECT DISTINCT a.host, a.issue_key, a.incident, a.service
  FROM after AS a
  JOIN service_environments AS s ON s.host = a.host AND s.service = a.service
  JOIN attempts AS o
    ON o.host = s.host AND o.repository_key = s.repository_key AND o.environment = s.environment
    AND o.began_at > a.began_at AND o.began_at < a.opened_at
  LEFT JOIN deployments AS d
    ON d.host = o.host AND d.repository_key = o.repository_key AND d.environment = o.environment
    AND d.deployment = o.deployment
  WHERE a.nth = 1 AND (o.deployed_at IS NULL OR d.deployment IS NOT NULL)
    AND (o.repository_key <> a.repository_key OR o.environment <> a.environment OR o.deployment <> a.fixed_by)
),
-- step c, with its target, or with the earlier incident (parent) that decides it
linked AS (
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
  LEFT JOIN others AS o
    ON o.host = a.host AND o.issue_key = a.issue_key AND o.incident = a.incident AND o.service = a.service
  WHERE a.nth = 1 AND o.incident IS NULL
),
own AS (
  SELECT
    host, issue_key, incident, service, step, repository_key AS target_key, environment AS target_environment,
    deployment AS target, TRUE AS is_first, doubt
  FROM incident_causes
  UNION ALL
  SELECT
    host, issue_key, incident, service, 'c' AS step, target_key, target_environment, target, TRUE AS is_first,
    CASE WHEN begin_doubt > doubt THEN begin_doubt ELSE doubt END AS doubt
  FROM linked WHERE parent IS NULL
  UNION ALL
  SELECT
    n.host, n.repository_key AS issue_key, n.id AS incident, n.service, 'd' AS step, n.target_key,
    n.target_environment, n.target, n.nth = 1 AND p.is_known AS is_first,
    CASE WHEN n.doubt = 0 AND NOT p.is_one THEN 1 ELSE n.doubt END AS doubt
  FROM near_candidates AS n
  JOIN (
    SELECT host, issue_key, incident, service, is_known, is_one FROM incident_places
    GROUP BY host, issue_key, incident, service, is_known, is_one
  ) AS p
    ON p.host = n.host AND p.issue_key = n.repository_key AND p.incident = n.id AND p.service = n.service
  LEFT JOIN incident_causes AS c
    ON c.host = p.host AND c.issue_key = p.issue_key AND c.incident = p.incident AND c.service = p.service
  LEFT JOIN linked AS l
    ON l.host = p.host AND l.issue_key = p.issue_key AND l.incident = p.incident AND l.service = p.service
  WHERE n.kind = 'incident' AND c.incident IS NULL AND l.incident IS NULL
),
one_link AS (
  SELECT
    host, issue_key, incident, service, parent_key, parent,
    CASE WHEN begin_doubt > doubt THEN begin_doubt ELSE doubt END AS doubt
  FROM linked WHERE parent IS NOT NULL
),
two_links AS (
  SELECT
    a.host, a.issue_key, a.incident, a.service, COALESCE(b.parent_key, a.parent_key) AS parent_key,
    COALESCE(b.parent, a.parent) AS parent, CASE WHEN b.doubt > a.doubt THEN b.doubt ELSE a.doubt END AS doubt
  FROM one_link AS a
  LEFT JOIN one_link AS b
    ON b.host = a.host AND b.issue_key = a.parent_key AND b.incident = a.parent AND b.service = a.service
),
four_links AS (
  SELECT
    a.host, a.issue_key, a.incident, a.service, COALESCE(b.parent_key, a.parent_key) AS parent_key,
    COALESCE(b.parent, a.parent) AS parent, CASE WHEN b.doubt > a.doubt THEN b.doubt ELSE a.doubt END AS doubt
  FROM two_links AS a
  LEFT JOIN two_links AS b
    ON b.host = a.host AND b.issue_key = a.parent_key AND b.incident = a.parent AND b.service = a.service
),
eight_links AS (
  SELECT
    a.host, a.issue_key, a.incident, a.service, COALESCE(b.parent_key, a.parent_key) AS parent_key,
    COALESCE(b.parent, a.parent) AS parent, CASE WHEN b.doubt > a.doubt THEN b.doubt ELSE a.doubt END AS doubt
  FROM four_links AS a
  LEFT JOIN four_links AS b
    ON b.host = a.host AND b.issue_key = a.parent_key AND b.incident = a.parent AND b.service = a.service
)
SELECT
  host, issue_key, incident, service, step, target_key, target_environment, target, is_first, doubt
FROM own
UNION ALL
SELECT
  l.host, l.issue_key, l.incident, l.service, 'c' AS step, o.target_key, o.target_environment, o.target,
  TRUE AS is_first, CASE WHEN o.doubt > l.doubt THEN o.doubt ELSE l.doubt END AS doubt
FROM eight_links AS l
JOIN own AS o
  ON o.host = l.host AND o.issue_key = l.parent_key AND o.incident = l.parent AND o.service = l.service
  AND o.is_first
