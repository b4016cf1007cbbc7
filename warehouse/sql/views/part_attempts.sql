-- part_attempts: as attempts, with those that are excluded (is_excluded). If services.toml splits a repository, each part has
-- all of them: another part's are to it as excluded ones. environment then names the service, too: `production of api`; name
-- is the environment alone. has_paths: the service has only the changes of its paths. has_code:
-- its code is in other repositories (GitOps), so that GitHub's comparison is not needed. is_counted is null if it is not known
-- whether the attempt is excluded, or whether it is the repository's rest's. is_left_out: services.toml excludes it, and it is
-- not another part's.
-- The only time of a tag's record is when it was received. A backfilled tag has no time, so it is omitted here and is
-- an unknown item of release_cadence. A pre-release is not deployed to production. Of releases of the same time, the order is
-- that of their names: without one, each build could number them differently.
WITH by_releases AS (
  SELECT
    r.host, r.repository_key, r.environment, 'releases' AS kind,
    ROW_NUMBER() OVER (PARTITION BY r.host, r.repository_key ORDER BY r.identity) AS ordinal, r.identity AS deployment,
    CAST(NULL AS VARCHAR) AS sha, r.released_at AS deployed_at, NOT r.has_lines AS is_compared, r.record_id, r.path,
    COALESCE(x.is_excluded, FALSE) AS is_excluded
  FROM releases AS r
  JOIN catalog AS c ON c.host = r.host AND c.repository_key = r.repository_key
  LEFT JOIN excluded_records AS x ON x.host = r.host AND x.record_id = r.record_id
  WHERE c.deployments = 'releases' AND r.released_at IS NOT NULL
),
by_merges AS (
  SELECT
    p.host, p.repository_key, 'production' AS environment, 'merges' AS kind, CAST(p.pr_id AS BIGINT) AS ordinal,
    p.identity AS deployment, p.merge_commit_sha AS sha, p.merged_at AS deployed_at, TRUE AS is_compared, p.record_id,
    p.path, FALSE AS is_excluded
  FROM code_review_involvement AS p
  JOIN deploying_branches AS b
    ON b.host = p.host AND b.repository_key = p.repository_key AND b.name = p.base_ref
  WHERE p.merged AND p.merged_at IS NOT NULL
),
by_event AS (
  SELECT * FROM by_releases
  UNION ALL
  SELECT * FROM by_merges
),
all_attempts AS (
  SELECT
    host, repository_key, environment, kind, deployment, ordinal, sha, deployed_at, changes_until, failed_at,
    is_rollback, is_first, is_compared, is_redeployment, record_id, path, failure_id, failure_path, cancelled_at,
    failure_certainty, run, is_scheduled, began_at, is_begin_known, previous_id, is_counted, is_excluded,
    environment AS split_environment, workflow_name, is_workflow_known, ref
  FROM status_attempts
  UNION ALL
  SELECT
    host, repository_key, environment, kind, deployment, ordinal, sha, deployed_at, deployed_at AS changes_until,
    CAST(NULL AS TIMESTAMP) AS failed_at, FALSE AS is_rollback, FALSE AS is_first, is_compared,
    FALSE AS is_redeployment, record_id, path, CAST(NULL AS VARCHAR) AS failure_id,
    CAST(NULL AS VARCHAR) AS failure_path, CAST(NULL AS TIMESTAMP) AS cancelled_at, 'known' AS failure_certainty,
    CAST(NULL AS VARCHAR) AS run, CAST(NULL AS BOOLEAN) AS is_scheduled, deployed_at AS began_at,
    TRUE AS is_begin_known, CAST(NULL AS VARCHAR) AS previous_id, TRUE AS is_counted, is_excluded,
    '' AS split_environment, CAST(NULL AS VARCHAR) AS workflow_name, TRUE AS is_workflow_known,
    CASE WHEN kind = 'releases' THEN deployment END AS ref
  FROM by_event
  UNION ALL
  SELECT
    host, repository_key, environment, kind, deployment, ordinal, sha, deployed_at, changes_until, failed_at,
    CAST(NULL AS BOOLEAN) AS is_rollback, FALSE AS is_first, TRUE AS is_compared, FALSE AS is_redeployment, record_id,
    path, record_id AS failure_id, path AS failure_path, cancelled_at, failure_certainty, run, is_scheduled,
    changes_until AS began_at, is_begin_known, CAST(NULL AS VARCHAR) AS previous_id, is_counted, is_excluded,
    '' AS split_environment, workflow_name, TRUE AS is_workflow_known, ref
  FROM run_attempts
)
SELECT
  a.host, a.repository_key,
  CASE WHEN p.service IS NULL THEN a.environment ELSE a.environment || ' of ' || p.service END AS environment, a.kind,
  a.deployment, a.ordinal, a.sha, a.deployed_at, a.changes_until, a.failed_at, a.is_rollback, a.is_first,
  a.is_compared OR k.service IS NOT NULL AS is_compared, a.is_redeployment, a.record_id, a.path, a.failure_id, a.failure_path, a.cancelled_at,
  a.failure_certainty, a.run, a.is_scheduled, a.began_at, a.is_begin_known, a.previous_id,
  CASE WHEN p.service IS NULL OR p.is_own IS NOT NULL THEN a.is_counted END AS is_counted,
  a.is_excluded OR NOT COALESCE(p.is_own, TRUE) AS is_excluded,
  a.is_excluded AND COALESCE(p.is_own, TRUE) AS is_left_out, COALESCE(p.service, c.service) AS service,
  a.environment AS name, COALESCE(p.has_paths, FALSE) AS has_paths, k.service IS NOT NULL AS has_code, a.workflow_name
FROM all_attempts AS a
JOIN catalog AS c ON c.host = a.host AND c.repository_key = a.repository_key
LEFT JOIN (SELECT DISTINCT host, repository_key, has_refs FROM parts) AS r
  ON r.host = a.host AND r.repository_key = a.repository_key
LEFT JOIN parts AS p
  ON p.host = a.host AND p.repository_key = a.repository_key AND p.environment = a.split_environment
  AND p.workflow = COALESCE(a.workflow_name, '') AND p.is_workflow_known = a.is_workflow_known
  AND p.ref = CASE WHEN r.has_refs THEN COALESCE(a.ref, '') ELSE '' END
LEFT JOIN (SELECT DISTINCT host, repository_key, service FROM code_repositories) AS k
  ON k.host = a.host AND k.repository_key = a.repository_key AND k.service = COALESCE(p.service, c.service)
