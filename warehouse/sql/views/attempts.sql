-- attempts: each finished deployment to production, from the records that services.toml defines as deployments, without
-- those that it excludes. One row per host, repository_key, environment, deployment. One of deployed_at, failed_at and
-- cancelled_at is not null. failure_certainty: known, inferred or unknown, of a failure that may be a cancelled attempt.
-- is_counted is null if it is not known whether it is excluded. ordinal orders attempts of the same time. changes_until: the
-- attempt contains what was merged until then, if GitHub has no comparison. began_at: when its job started, or else that is
-- not known (is_begin_known). is_scheduled is null if unknown.
-- Reads tables that Python builds from services.toml (docs/DORA.md): catalog, parts, deploying_branches and others.
-- is_redeployment: GitHub compared it with a deployment of the same commit, which is not excluded here.
SELECT
  a.host, a.repository_key, a.environment, a.kind, a.deployment, a.ordinal, a.sha, a.deployed_at, a.changes_until,
  a.failed_at, a.is_rollback, a.is_first, a.is_compared,
  a.is_redeployment AND x.deployment IS NULL AS is_redeployment, a.record_id, a.path, a.failure_id, a.failure_path,
  a.cancelled_at, a.failure_certainty, a.run, a.is_scheduled, a.began_at, a.is_begin_known, a.previous_id,
  a.is_counted
FROM part_attempts AS a
LEFT JOIN part_attempts AS x
  ON x.host = a.host AND x.repository_key = a.repository_key AND x.environment = a.environment
  AND x.deployment = a.previous_id AND x.is_excluded
WHERE NOT a.is_excluded
