-- attempts: each finished deployment to production, from the records that services.toml defines as deployments.
-- One row per host, repository_key, environment, deployment. deployed_at is null if it never succeeded; failed_at is
-- null unless it failed and did not succeed after that. ordinal orders attempts of the same time. changes_until: the
-- attempt contains what was merged until then, if GitHub has no comparison.
-- Reads catalog and environments, which Python builds from services.toml (docs/DORA.md).
WITH statuses AS (
  SELECT
    s.host, s.repository_key, e.environment, CAST(s.deployment_id AS BIGINT) AS ordinal, s.id, s.sha, s.state,
    s.record_id, s.path, s.is_rollback, s.previous.sha = s.sha AS is_redeployment,
    COALESCE(s.created_at, s.updated_at, s.deployment_created_at) AS happened_at,
    s.previous IS NULL AND s.is_rollback IS NOT NULL AS is_first,
    s.changes IS NOT NULL AND NOT s.changes.truncated AS is_listed
  FROM deployment_status AS s
  JOIN catalog AS c ON c.host = s.host AND c.repository_key = s.repository_key
  JOIN environments AS e
    ON e.host = s.host AND e.repository_key = s.repository_key AND e.name = s.env
    AND e.production_environment IS NOT DISTINCT FROM s.production_environment
    AND e.transient_environment IS NOT DISTINCT FROM s.transient_environment
  WHERE c.deployments = 'statuses' AND e.is_production
),
numbered AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, ordinal ORDER BY happened_at NULLS FIRST, id NULLS FIRST
  ) AS status_number
  FROM statuses WHERE happened_at IS NOT NULL
),
outcomes AS (
  SELECT
    *,
    MIN(CASE WHEN state = 'success' THEN status_number END) OVER (
      PARTITION BY host, repository_key, environment, ordinal
    ) AS first_success,
    MAX(CASE WHEN state = 'success' THEN status_number END) OVER (
      PARTITION BY host, repository_key, environment, ordinal
    ) AS last_success
  FROM numbered
),
-- the first failure that no success followed
final_failures AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, ordinal ORDER BY status_number NULLS FIRST
  ) AS nth
  FROM outcomes WHERE state <> 'success' AND status_number > COALESCE(last_success, 0)
),
by_statuses AS (
  SELECT
    COALESCE(s.host, f.host) AS host, COALESCE(s.repository_key, f.repository_key) AS repository_key,
    COALESCE(s.environment, f.environment) AS environment, 'statuses' AS kind,
    COALESCE(s.ordinal, f.ordinal) AS ordinal, COALESCE(s.sha, f.sha) AS sha, s.happened_at AS deployed_at,
    s.happened_at AS changes_until, f.happened_at AS failed_at, s.is_rollback, COALESCE(s.is_first, FALSE) AS is_first,
    COALESCE(s.is_first OR s.is_listed, FALSE) AS is_compared, COALESCE(s.is_redeployment, FALSE) AS is_redeployment,
    COALESCE(s.record_id, f.record_id) AS record_id, COALESCE(s.path, f.path) AS path, f.record_id AS failure_id,
    f.path AS failure_path
  FROM (SELECT * FROM outcomes WHERE status_number = first_success) AS s
  FULL OUTER JOIN (SELECT * FROM final_failures WHERE nth = 1) AS f
    ON f.host = s.host AND f.repository_key = s.repository_key AND f.environment = s.environment
    AND f.ordinal = s.ordinal
),
-- The only time of a tag's record is when it was received. A backfilled tag has no time, so it is omitted here and is
-- an unknown item of release_cadence. A pre-release is not deployed to production.
by_releases AS (
  SELECT
    r.host, r.repository_key, r.environment, 'releases' AS kind, CAST(0 AS BIGINT) AS ordinal, r.identity AS deployment,
    CAST(NULL AS VARCHAR) AS sha, r.released_at AS deployed_at, NOT r.has_lines AS is_compared, r.record_id, r.path
  FROM releases AS r
  JOIN catalog AS c ON c.host = r.host AND c.repository_key = r.repository_key
  WHERE c.deployments = 'releases' AND r.released_at IS NOT NULL
),
by_merges AS (
  SELECT
    p.host, p.repository_key, 'production' AS environment, 'merges' AS kind, CAST(p.pr_id AS BIGINT) AS ordinal,
    p.identity AS deployment, p.merge_commit_sha AS sha, p.merged_at AS deployed_at, TRUE AS is_compared, p.record_id,
    p.path
  FROM code_review_involvement AS p
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  WHERE c.deployments = 'merges' AND p.merged AND p.merged_at IS NOT NULL AND p.base_ref = c.branch
),
by_event AS (
  SELECT * FROM by_releases
  UNION ALL
  SELECT * FROM by_merges
),
jobs AS (
  SELECT
    j.host, j.repository_key, COALESCE(CAST(j.run_id AS VARCHAR), j.head_sha) AS run,
    COALESCE(j.run_attempt, 1) AS attempt, j.id, j.head_sha, j.completed_at, j.conclusion, j.has_run, j.record_id,
    j.path, COALESCE(j.created_at, j.started_at, j.completed_at) AS began_at
  FROM job_runs AS j
  JOIN catalog AS c ON c.host = j.host AND c.repository_key = j.repository_key
  WHERE c.deployments = 'workflow' AND j.workflow_name = c.workflow AND j.head_branch = c.branch
    AND j.completed_at IS NOT NULL
),
-- The last job to end ends an attempt at a run. It failed if a job did; one with a job that was cancelled did neither.
-- A copied job has the outcome of when it ran; an attempt of which only copies are known is none.
runs AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, run, attempt ORDER BY completed_at DESC NULLS LAST, id DESC NULLS LAST
    ) AS job_rank,
    MIN(began_at) OVER (PARTITION BY host, repository_key, run) AS run_began_at,
    MAX(CASE WHEN conclusion IN ('failure', 'timed_out') THEN 1 ELSE 0 END) OVER (
      PARTITION BY host, repository_key, run, attempt
    ) AS failed,
    MIN(CASE WHEN conclusion IN ('success', 'skipped', 'neutral') THEN 1 ELSE 0 END) OVER (
      PARTITION BY host, repository_key, run, attempt
    ) AS passed,
    MAX(CASE WHEN conclusion = 'success' THEN 1 ELSE 0 END) OVER (
      PARTITION BY host, repository_key, run, attempt
    ) AS succeeded
  FROM jobs
),
by_workflow AS (
  SELECT
    host, repository_key, 'production' AS environment, 'workflow' AS kind, CAST(id AS BIGINT) AS ordinal,
    run || '#' || CAST(attempt AS VARCHAR) AS deployment, head_sha AS sha,
    CASE WHEN failed = 0 THEN completed_at END AS deployed_at, run_began_at AS changes_until,
    CASE WHEN failed = 1 THEN completed_at END AS failed_at, record_id, path
  FROM runs WHERE job_rank = 1 AND COALESCE(has_run, TRUE) AND (failed = 1 OR (passed = 1 AND succeeded = 1))
)
SELECT
  host, repository_key, environment, kind, CAST(ordinal AS VARCHAR) AS deployment, ordinal, sha, deployed_at,
  changes_until, failed_at, is_rollback, is_first, is_compared, is_redeployment, record_id, path, failure_id,
  failure_path
FROM by_statuses
UNION ALL
SELECT
  host, repository_key, environment, kind, deployment, ordinal, sha, deployed_at, deployed_at AS changes_until,
  CAST(NULL AS TIMESTAMP) AS failed_at, FALSE AS is_rollback, FALSE AS is_first, is_compared,
  FALSE AS is_redeployment, record_id, path, CAST(NULL AS VARCHAR) AS failure_id,
  CAST(NULL AS VARCHAR) AS failure_path
FROM by_event
UNION ALL
SELECT
  host, repository_key, environment, kind, deployment, ordinal, sha, deployed_at, changes_until, failed_at,
  CAST(NULL AS BOOLEAN) AS is_rollback, FALSE AS is_first, TRUE AS is_compared, FALSE AS is_redeployment, record_id,
  path, record_id AS failure_id, path AS failure_path
FROM by_workflow
