-- incident_targets: each deployment that an incident is or may be about (is_first: the one that it is about, if any is), with the
-- step of the rule that finds it: a and b as in incident_causes; c, what a remediation is about that came at most hotfix_hours
-- (services.toml) before, with no other deployment between; d, the newest candidate. The first step counts. A remediation that
-- names nothing may be about what an earlier incident is about, and so on, up to eight incidents in a row: what a longer row is about
-- is not known.
-- doubt: 0 if it is known to be about it, 1 if that is inferred, 2 if not known.
WITH own AS (
  SELECT
    host, issue_key, incident, service, step, repository_key AS target_key, environment AS target_environment,
    deployment AS target, TRUE AS is_first, doubt
  FROM incident_causes
  UNION ALL
  SELECT
    host, issue_key, incident, service, 'c' AS step, target_key, target_environment, target, TRUE AS is_first,
    CASE WHEN begin_doubt > doubt THEN begin_doubt ELSE doubt END AS doubt
  FROM incident_follow_ups WHERE parent IS NULL
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
  LEFT JOIN incident_follow_ups AS l
    ON l.host = p.host AND l.issue_key = p.issue_key AND l.incident = p.incident AND l.service = p.service
  WHERE n.kind = 'incident' AND c.incident IS NULL AND l.incident IS NULL
),
one_link AS (
  SELECT
    host, issue_key, incident, service, parent_key, parent,
    CASE WHEN begin_doubt > doubt THEN begin_doubt ELSE doubt END AS doubt
  FROM incident_follow_ups WHERE parent IS NOT NULL
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
  l.host, l.issue_key, l.incident, l.service, 'c' AS step, COALESCE(o.target_key, n.target_key) AS target_key,
  COALESCE(o.target_environment, n.target_environment) AS target_environment, COALESCE(o.target, n.target) AS target,
  TRUE AS is_first,
  CASE
    WHEN o.target IS NULL THEN 2
    WHEN o.doubt > l.doubt THEN o.doubt
    ELSE l.doubt
  END AS doubt
FROM eight_links AS l
LEFT JOIN own AS o
  ON o.host = l.host AND o.issue_key = l.parent_key AND o.incident = l.parent AND o.service = l.service
  AND o.is_first
LEFT JOIN near_candidates AS n
  ON n.host = l.host AND n.kind = 'incident' AND n.repository_key = l.issue_key AND n.id = l.incident
  AND n.service = l.service AND n.nth = 1
WHERE o.target IS NOT NULL OR n.target IS NOT NULL
