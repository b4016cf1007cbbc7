-- reverts: each revert that a deployment took to production (fixed_by), with the deployment that it is or may be about: the
-- first one that brought what it names, however old, else the newest candidate before it was written. certainty: known,
-- inferred or unknown. A revert of what the same deployment brings is omitted, because that never was in production.
SELECT
  t.host, t.target_key AS repository_key, t.target_environment AS environment, t.sha, t.target AS deployment,
  CASE t.doubt WHEN 0 THEN 'known' WHEN 1 THEN 'inferred' ELSE 'unknown' END AS certainty, t.fixed_by, r.deployed_at,
  r.written_at, r.record_id, r.path
FROM remediation_targets AS t
JOIN remediations AS r
  ON r.host = t.host AND r.repository_key = t.repository_key AND r.environment = t.environment
  AND r.deployment = t.fixed_by AND r.sha = t.sha
WHERE t.kind = 'revert'
