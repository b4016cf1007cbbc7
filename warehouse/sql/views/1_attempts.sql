-- attempts: each deployment to production that came to an end, by the record that its team says is one.
-- One row per host, repository_key, environment, deployment. deployed_at is null where it never succeeded; failed_at
-- is null unless it failed and did not succeed after that. ordinal orders those of one moment.
-- Reads catalog: one row per repository, made of services.toml (docs/DORA.md).
WITH statuses AS (
  SELECT
    s.host, s.repository_key, s.env AS environment, s.deployment_id, s.id, s.sha, s.state, s.record_id, s.path,
    s.is_rollback, COALESCE(s.created_at, s.updated_at, s.deployment_created_at) AS at,
    s.status = 'success' AND s.previous IS NULL AND s.is_rollback IS NOT NULL AS is_first, c.hotfix_hours
  FROM deployment_status AS s
  JOIN catalog AS c ON c.host = s.host AND c.repository_key = s.repository_key
  WHERE c.deployments = 'statuses' AND REGEXP_MATCHES(s.env, c.production)
),
successes AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, deployment_id ORDER BY at NULLS FIRST, id NULLS FIRST
  ) AS place
  FROM statuses WHERE state = 'success' AND at IS NOT NULL
),
failures AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, deployment_id ORDER BY at DESC, id DESC
  ) AS place
  FROM statuses WHERE state <> 'success' AND at IS NOT NULL
),
told AS (
  SELECT DISTINCT host, repository_key, environment, deployment_id FROM statuses
),
by_statuses AS (
  SELECT
    t.host, t.repository_key, t.environment, 'statuses' AS kind, CAST(t.deployment_id AS VARCHAR) AS deployment,
    CAST(t.deployment_id AS BIGINT) AS ordinal, COALESCE(s.sha, f.sha) AS sha, s.at AS deployed_at,
    s.at AS changes_until, CASE WHEN s.at IS NULL OR f.at > s.at THEN f.at END AS failed_at, s.is_rollback,
    COALESCE(s.is_first, FALSE) AS is_first, COALESCE(s.record_id, f.record_id) AS record_id,
    COALESCE(s.path, f.path) AS path, f.record_id AS failure_id, f.path AS failure_path,
    COALESCE(s.hotfix_hours, f.hotfix_hours) AS hotfix_hours
  FROM told AS t
  LEFT JOIN successes AS s
    ON s.host = t.host AND s.repository_key = t.repository_key AND s.environment = t.environment
    AND s.deployment_id = t.deployment_id AND s.place = 1
  LEFT JOIN failures AS f
    ON f.host = t.host AND f.repository_key = t.repository_key AND f.environment = t.environment
    AND f.deployment_id = t.deployment_id AND f.place = 1
  WHERE s.at IS NOT NULL OR f.at IS NOT NULL
),
-- A tag's record has no time but that of its receipt; one that backfill found has none at all, so it is left out here,
-- and counted in unknown_releases. A pre-release is not deployed to production.
by_releases AS (
  SELECT
    r.host, r.repository_key, 'production' AS environment, 'releases' AS kind, r.identity AS deployment,
    CAST(0 AS BIGINT) AS ordinal, CAST(NULL AS VARCHAR) AS sha, r.received_at AS deployed_at,
    r.received_at AS changes_until, r.received_at AS failed_at, FALSE AS is_rollback, FALSE AS is_first,
    r.record_id, r.path, r.record_id AS failure_id, r.path AS failure_path, c.hotfix_hours
  FROM release_versions AS r
  JOIN catalog AS c ON c.host = r.host AND c.repository_key = r.repository_key
  WHERE c.deployments = 'releases' AND r.collected_by <> 'backfill' AND r.release_version.version NOT LIKE '%-%'
),
by_merges AS (
  SELECT
    p.host, p.repository_key, 'production' AS environment, 'merges' AS kind, p.identity AS deployment,
    CAST(p.pr_id AS BIGINT) AS ordinal, p.merge_commit_sha AS sha, p.merged_at AS deployed_at,
    p.merged_at AS changes_until, p.merged_at AS failed_at, FALSE AS is_rollback, FALSE AS is_first,
    p.record_id, p.path, p.record_id AS failure_id, p.path AS failure_path, c.hotfix_hours
  FROM code_review_involvement AS p
  JOIN catalog AS c ON c.host = p.host AND c.repository_key = p.repository_key
  WHERE c.deployments = 'merges' AND p.merged AND p.merged_at IS NOT NULL AND p.base_ref = c.branch
),
-- The last job of the workflow to end at a commit and attempt ends it; it succeeded if none of them failed.
jobs AS (
  SELECT
    j.*, c.hotfix_hours,
    ROW_NUMBER() OVER (
      PARTITION BY j.host, j.repository_key, j.head_sha, j.run_attempt ORDER BY j.completed_at DESC, j.id DESC
    ) AS place,
    MIN(COALESCE(j.started_at, j.created_at, j.completed_at)) OVER (
      PARTITION BY j.host, j.repository_key, j.head_sha, j.run_attempt
    ) AS began_at,
    MAX(CASE WHEN j.conclusion IN ('failure', 'timed_out') THEN 1 ELSE 0 END) OVER (
      PARTITION BY j.host, j.repository_key, j.head_sha, j.run_attempt
    ) AS failed,
    MAX(CASE WHEN j.conclusion = 'success' THEN 1 ELSE 0 END) OVER (
      PARTITION BY j.host, j.repository_key, j.head_sha, j.run_attempt
    ) AS succeeded
  FROM workflow_job AS j
  JOIN catalog AS c ON c.host = j.host AND c.repository_key = j.repository_key
  WHERE c.deployments = 'workflow' AND j.workflow_name = c.workflow AND j.head_branch = c.branch
    AND j.completed_at IS NOT NULL
),
by_workflow AS (
  SELECT
    host, repository_key, 'production' AS environment, 'workflow' AS kind, CAST(id AS VARCHAR) AS deployment,
    CAST(id AS BIGINT) AS ordinal, head_sha AS sha, CASE WHEN failed = 0 THEN completed_at END AS deployed_at,
    began_at AS changes_until, CASE WHEN failed = 1 THEN completed_at END AS failed_at,
    CAST(NULL AS BOOLEAN) AS is_rollback, FALSE AS is_first, record_id, path, record_id AS failure_id,
    path AS failure_path, hotfix_hours
  FROM jobs WHERE place = 1 AND (failed = 1 OR succeeded = 1)
)
SELECT * FROM by_statuses
UNION ALL
SELECT
  host, repository_key, environment, kind, deployment, ordinal, sha, deployed_at, changes_until,
  NULLIF(failed_at, deployed_at) AS failed_at, is_rollback, is_first, record_id, path, failure_id, failure_path,
  hotfix_hours
FROM by_releases
UNION ALL
SELECT
  host, repository_key, environment, kind, deployment, ordinal, sha, deployed_at, changes_until,
  NULLIF(failed_at, deployed_at) AS failed_at, is_rollback, is_first, record_id, path, failure_id, failure_path,
  hotfix_hours
FROM by_merges
UNION ALL
SELECT * FROM by_workflow
