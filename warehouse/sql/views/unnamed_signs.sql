-- unnamed_signs: each sign of a failure that does not say which deployment it is about, with the time (before) before which
-- that began, and each place where that was. kind: remediation (id: its deployment, sha), incident (id; repository_key is that
-- of the issue), or changes: a deployment (id) of which it is not known whether it brings a remediation. is_about_any: it may be
-- about any candidate, not only about the newest.
SELECT
  r.host, s.service, 'remediation' AS kind, r.repository_key, r.environment, r.deployment AS id, r.sha,
  LOWER(s.name) AS place,
  CASE
    WHEN r.written_at IS NULL OR (r.kind = 'revert' AND r.doubt = 2 AND a.began_at > r.written_at) THEN a.began_at
    ELSE r.written_at
  END AS before,
  r.kind = 'revert' AND r.doubt = 2 AS is_about_any
FROM remediations AS r
JOIN attempts AS a
  ON a.host = r.host AND a.repository_key = r.repository_key AND a.environment = r.environment
  AND a.deployment = r.deployment
JOIN service_environments AS s
  ON s.host = r.host AND s.repository_key = r.repository_key AND s.environment = r.environment
WHERE NOT r.is_named
UNION ALL
SELECT
  u.host, s.service, 'changes' AS kind, u.repository_key, u.environment, u.deployment AS id, '' AS sha,
  LOWER(s.name) AS place, a.began_at AS before,
  u.why = 'which release came before it in the repository is not known' AS is_about_any
FROM unlisted_deployments AS u
JOIN attempts AS a
  ON a.host = u.host AND a.repository_key = u.repository_key AND a.environment = u.environment
  AND a.deployment = u.deployment
JOIN service_environments AS s
  ON s.host = u.host AND s.repository_key = u.repository_key AND s.environment = u.environment
WHERE NOT u.is_first
UNION ALL
SELECT DISTINCT
  host, service, 'incident' AS kind, issue_key AS repository_key, '' AS environment, incident AS id, '' AS sha, place,
  opened_at AS before, NOT is_known AS is_about_any
FROM incident_places
