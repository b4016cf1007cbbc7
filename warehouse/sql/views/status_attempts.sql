-- status_attempts: each attempt at a deployment to production that GitHub's deployment statuses end, also an excluded one.
-- Deployments of one run, job and environment are one attempt: that which succeeded, else the last one. A success after a
-- success of the same run is an attempt of its own, as an older run may be run again to roll back. A deployment whose run is
-- not known is an attempt. One of deployed_at, failed_at and cancelled_at is not null. An attempt was cancelled if its job
-- or run was; failure_certainty is unknown if the records do not say which run that was, inferred if that run has no record.
WITH statuses AS (
  SELECT
    s.host, s.repository_key, e.environment, CAST(s.deployment_id AS BIGINT) AS ordinal, s.id, s.sha, s.state,
    s.record_id, s.path, COALESCE(s.comparison_status = 'behind', s.is_rollback) AS is_rollback,
    s.previous.sha = s.sha AS is_redeployment, CAST(s.previous.id AS VARCHAR) AS previous_id,
    COALESCE(s.created_at, s.updated_at, s.deployment_created_at) AS happened_at,
    s.previous IS NULL AND s.is_rollback IS NOT NULL AS is_first,
    s.changes IS NOT NULL AND NOT s.changes.truncated AS is_listed, s.workflow_run.id AS run_id,
    COALESCE(s.workflow_run.run_attempt, 1) AS run_attempt, s.workflow_run.event AS event, s.workflow_run.name AS workflow_name,
    s.ref, s.check_run.id AS job_id,
    s.check_run.name AS job_name, s.in_progress_at, s.deployment_created_at,
    COALESCE(s."schema", 0) >= 2 OR s.task IS NOT NULL OR s.workflow_run IS NOT NULL OR s.check_run IS NOT NULL
      AS has_run_fields
  FROM deployment_status AS s
  JOIN catalog AS c ON c.host = s.host AND c.repository_key = s.repository_key
  JOIN environments AS e
    ON e.host = s.host AND e.repository_key = s.repository_key AND e.name = s.env
    AND e.production_environment IS NOT DISTINCT FROM s.production_environment
    AND e.transient_environment IS NOT DISTINCT FROM s.transient_environment
  WHERE c.deployments = 'statuses' AND e.is_production
),
numbered AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, ordinal
      ORDER BY CASE WHEN state = 'success' THEN 0 ELSE 1 END, happened_at NULLS FIRST, id NULLS FIRST
    ) AS nth,
    COUNT(*) OVER (PARTITION BY host, repository_key, environment, ordinal) AS status_count,
    MAX(CASE WHEN state = 'success' THEN 1 ELSE 0 END) OVER (
      PARTITION BY host, repository_key, environment, ordinal
    ) AS succeeded
  FROM statuses WHERE happened_at IS NOT NULL
),
-- the first success of a deployment, else its last failure
ends AS (
  SELECT
    *,
    CASE
      WHEN run_id IS NULL THEN 'deployment ' || CAST(ordinal AS VARCHAR)
      ELSE CAST(run_id AS VARCHAR) || ' ' || COALESCE(job_name, '')
    END AS unit
  FROM numbered WHERE (succeeded = 1 AND nth = 1) OR (succeeded = 0 AND nth = status_count)
),
tries AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, unit
      ORDER BY happened_at DESC NULLS LAST, ordinal DESC NULLS LAST
    ) AS newest,
    MAX(succeeded) OVER (PARTITION BY host, repository_key, environment, unit) AS unit_succeeded
  FROM ends
),
chosen AS (
  SELECT * FROM tries WHERE succeeded = 1 OR (unit_succeeded = 0 AND newest = 1)
),
job_records AS (
  SELECT t.host, t.record_id, j.started_at, j.conclusion
  FROM chosen AS t
  JOIN workflow_job AS j ON j.host = t.host AND j.id = t.job_id
  UNION ALL
  SELECT t.host, t.record_id, j.started_at, j.conclusion
  FROM chosen AS t
  JOIN workflow_job AS j ON j.host = t.host AND j.deployment_id = t.ordinal
  UNION ALL
  SELECT t.host, t.record_id, CAST(NULL AS TIMESTAMP) AS started_at, r.conclusion
  FROM chosen AS t
  JOIN workflow_run AS r ON r.host = t.host AND r.id = t.run_id AND r.run_attempt = t.run_attempt
),
job_facts AS (
  SELECT
    host, record_id, MIN(started_at) AS started_at, COUNT(conclusion) AS conclusions,
    COUNT(CASE WHEN conclusion = 'cancelled' THEN 1 END) AS cancellations
  FROM job_records
  GROUP BY host, record_id
),
judged AS (
  SELECT
    t.*, j.started_at, COALESCE(j.conclusions, 0) AS conclusions, COALESCE(j.cancellations, 0) > 0 AS is_cancelled,
    x.record_id IS NOT NULL AS may_be_excluded, COALESCE(x.is_excluded, FALSE) AS is_excluded
  FROM chosen AS t
  LEFT JOIN job_facts AS j ON j.host = t.host AND j.record_id = t.record_id
  LEFT JOIN excluded_records AS x ON x.host = t.host AND x.record_id = t.record_id
)
SELECT
  host, repository_key, environment, 'statuses' AS kind, CAST(ordinal AS VARCHAR) AS deployment, ordinal, sha,
  CASE WHEN succeeded = 1 THEN happened_at END AS deployed_at,
  CASE WHEN succeeded = 1 THEN happened_at END AS changes_until,
  CASE WHEN succeeded = 0 AND NOT is_cancelled THEN happened_at END AS failed_at, is_rollback,
  COALESCE(is_first, FALSE) AND succeeded = 1 AS is_first,
  COALESCE(is_first OR is_listed, FALSE) AND succeeded = 1 AS is_compared,
  COALESCE(is_redeployment, FALSE) AND succeeded = 1 AS is_redeployment, record_id, path,
  CASE WHEN succeeded = 0 THEN record_id END AS failure_id, CASE WHEN succeeded = 0 THEN path END AS failure_path,
  CASE WHEN succeeded = 0 AND is_cancelled THEN happened_at END AS cancelled_at,
  CASE
    WHEN NOT has_run_fields AND conclusions = 0 THEN 'unknown'
    WHEN run_id IS NOT NULL AND conclusions = 0 THEN 'inferred'
    ELSE 'known'
  END AS failure_certainty,
  CAST(run_id AS VARCHAR) AS run, event = 'schedule' AS is_scheduled,
  COALESCE(started_at, in_progress_at, deployment_created_at, happened_at) AS began_at,
  started_at IS NOT NULL OR in_progress_at IS NOT NULL AS is_begin_known, previous_id, is_excluded,
  CASE WHEN NOT may_be_excluded THEN TRUE END AS is_counted, workflow_name,
  has_run_fields AS is_workflow_known, ref
FROM judged
