-- job_runs: each completed job of a workflow. has_run: false for the copy of a job that ran in an earlier attempt, which
-- GitHub reports again when only the failed jobs are re-run; null if unknown. In records without is_copy the times decide,
-- as in core/metrics/_workflow_job.py: a copy started and ended before it was created.
-- runner_labels: those of its runs-on, in small letters: labels are case-insensitive; empty if it names only a group of runners,
-- null if unknown. A list is never null on BigQuery, so that an empty one of schema 1 is unknown.
-- https://docs.github.com/en/actions/hosting-your-own-runners/managing-self-hosted-runners/using-labels-with-self-hosted-runners
-- wait: how long it waited for an approval before it was queued, in ms; 0 for a job without an environment; null if unknown.
SELECT
  host, repository_key, id, run_id, run_attempt, workflow_name, name, head_sha, head_branch, conclusion, created_at,
  started_at, completed_at, record_id, path,
  CASE
    WHEN is_copy IS NOT NULL THEN NOT is_copy
    WHEN run_attempt = 1 THEN TRUE
    WHEN created_at IS NULL OR started_at IS NULL THEN NULL
    WHEN started_at >= created_at OR completed_at > created_at THEN TRUE
    WHEN DATE_DIFF('millisecond', started_at, created_at) >= 10000 THEN FALSE
  END AS has_run,
  run_event, environment, deployment_id, approval_wait,
  CASE
    WHEN ARRAY_LENGTH(labels) > 0 THEN LOWER(ARRAY_TO_STRING(labels, ', '))
    WHEN COALESCE("schema", 0) >= 2 AND labels IS NOT NULL THEN ''
  END AS runner_labels,
  COALESCE("schema", 0) >= 2 OR COALESCE(ARRAY_LENGTH(labels), 0) > 0 OR environment IS NOT NULL AS has_new_fields,
  CASE
    WHEN approval_wait IS NOT NULL THEN approval_wait
    WHEN environment IS NULL AND (COALESCE("schema", 0) >= 2 OR COALESCE(ARRAY_LENGTH(labels), 0) > 0) THEN 0
  END AS wait
FROM workflow_job
