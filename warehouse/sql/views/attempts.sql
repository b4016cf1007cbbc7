-- attempts: each finished deployment to production, from the records that services.toml defines as deployments, without
-- those that it excludes. One row per host, repository_key, environment, deployment. One of deployed_at, failed_at and
-- cancelled_at is not null. failure_certainty: known, inferred or unknown, of a failure that may be a cancelled attempt.
-- is_counted is null if it is not known whether it is excluded. ordinal orders attempts of the same time. changes_until: the
-- attempt contains what was merged until then, if GitHub has no comparison. began_at: when its job started, or else that is
-- not known (is_begin_known). is_scheduled is null if unknown.
-- Reads tables that Python builds from services.toml (docs/DORA.md): catalog, parts, deploying_branches and others.
SELECT
  host, repository_key, environment, kind, deployment, ordinal, sha, deployed_at, changes_until, failed_at, is_rollback,
  is_first, is_compared, is_redeployment, record_id, path, failure_id, failure_path, cancelled_at, failure_certainty,
  run, is_scheduled, began_at, is_begin_known, previous_id, is_counted
FROM part_attempts WHERE NOT is_excluded
