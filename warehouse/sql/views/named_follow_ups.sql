-- named_follow_ups: each incident, for each service, that came after a rollback or a remediation that names what it is about
-- (target): at most hotfix_hours (services.toml) after it, with no other deployment or attempt between. What is about an
-- incident needs this before it is known what remediations without names are about (incident_follow_ups).
WITH after AS (
  SELECT
    p.host, p.issue_key, p.incident, p.service, p.opened_at, e.repository_key, e.environment, e.fixed_by, e.target,
    b.began_at,
    ROW_NUMBER() OVER (
      PARTITION BY p.host, p.issue_key, p.incident, p.service
      ORDER BY
        b.deployed_at DESC NULLS LAST, b.ordinal DESC NULLS LAST, b.deployment DESC, t.began_at DESC NULLS LAST, e.doubt
    ) AS nth
  FROM incident_places AS p
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  JOIN named_targets AS e
    ON e.host = p.host AND e.repository_key = p.repository_key AND e.environment = p.environment
  JOIN attempts AS b
    ON b.host = e.host AND b.repository_key = e.repository_key AND b.environment = e.environment
    AND b.deployment = e.fixed_by AND b.deployed_at <= p.opened_at
    AND DATE_DIFF('millisecond', b.deployed_at, p.opened_at) <= c.hotfix_hours * 3600000
  JOIN attempts AS t
    ON t.host = e.host AND t.repository_key = e.repository_key AND t.environment = e.environment
    AND t.deployment = e.target
  WHERE p.is_known
)
SELECT a.host, a.issue_key, a.incident, a.service, a.repository_key, a.environment, a.target
FROM after AS a
JOIN next_begins AS o
  ON o.host = a.host AND o.service = a.service AND o.began_at = a.began_at
WHERE a.nth = 1 AND (o.next_began_at IS NULL OR o.next_began_at >= a.opened_at)
