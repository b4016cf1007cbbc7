-- unnamed_targets: for each remediation that names nothing, the newest candidate of its environment that began before the
-- remediation was written, at most failure_hours (services.toml) before. is_target: false if it is one of several, or if
-- it is not known whether it is a candidate or what the remediation names; then it may be what the remediation repairs.
WITH unnamed AS (
  SELECT
    r.host, r.repository_key, r.environment, r.deployment, r.sha, r.kind, r.is_known, b.began_at AS deployment_began_at,
    CASE
      WHEN r.kind = 'revert' AND NOT r.is_known AND b.began_at > r.written_at THEN b.began_at
      ELSE COALESCE(r.written_at, b.began_at, r.deployed_at)
    END AS before
  FROM remediations AS r
  LEFT JOIN candidates AS b
    ON b.host = r.host AND b.repository_key = r.repository_key AND b.environment = r.environment
    AND b.deployment = r.deployment
  WHERE NOT r.is_named
),
near AS (
  SELECT
    u.host, u.repository_key, u.environment, u.deployment AS fixed_by, u.sha, u.kind, u.is_known, c.deployment,
    c.is_certain, c.is_begin_known,
    MAX(CASE WHEN c.is_certain THEN c.began_at END) OVER (
      PARTITION BY u.host, u.repository_key, u.environment, u.deployment, u.sha
    ) AS newest_certain,
    c.began_at,
    ROW_NUMBER() OVER (
      PARTITION BY u.host, u.repository_key, u.environment, u.deployment, u.sha
      ORDER BY c.began_at DESC NULLS LAST, c.ended_at DESC NULLS LAST, c.ordinal DESC NULLS LAST
    ) AS nth
  FROM unnamed AS u
  JOIN candidates AS c
    ON c.host = u.host AND c.repository_key = u.repository_key AND c.environment = u.environment
  WHERE c.deployment <> u.deployment AND c.began_at < u.before
    AND DATE_DIFF('millisecond', c.began_at, u.before) <= c.failure_hours * 3600000
)
SELECT
  host, repository_key, environment, fixed_by, sha, deployment,
  nth = 1 AND is_certain AND is_begin_known AND is_known AND kind = 'hotfix' AS is_target
FROM near
WHERE (kind = 'revert' AND NOT is_known) OR nth = 1 OR newest_certain IS NULL OR began_at > newest_certain
  OR (began_at = newest_certain AND nth = 1)
