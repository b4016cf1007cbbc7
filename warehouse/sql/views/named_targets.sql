-- named_targets: each rollback, and each revert that names what it takes back, with the deployment that it is about (target):
-- these are found before those of incidents. sha is empty of a rollback. doubt: 0 if the target is known, 1 inferred, 2 unknown.
SELECT
  host, repository_key, environment, deployment AS fixed_by, '' AS sha, 'rollback' AS kind, target,
  CASE certainty WHEN 'known' THEN 0 WHEN 'inferred' THEN 1 ELSE 2 END AS doubt
FROM rollback_targets WHERE is_first AND target IS NOT NULL
UNION ALL
SELECT
  host, repository_key, environment, deployment AS fixed_by, '' AS sha, 'rollback' AS kind, failed_deployment AS target,
  CASE WHEN NOT is_certain THEN 2 WHEN failure_certainty = 'inferred' THEN 1 ELSE 0 END AS doubt
FROM returns_after_failure
UNION ALL
SELECT host, repository_key, environment, deployment AS fixed_by, sha, kind, target, doubt
FROM remediations WHERE target IS NOT NULL
