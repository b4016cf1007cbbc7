-- title: CI duration
-- unit: duration
-- statistic: median
-- better: lower
-- source:
-- definition: From the start of the first to the end of the last job of an attempt at a workflow's run.
--
-- One row per attempt in which a job succeeded or failed; skipped jobs and copies of earlier attempts' jobs did not run.
-- value: ms, or null if a time is unknown or out of order, or whether a job is a copy.
WITH jobs AS (
  SELECT
    host, repository_key, COALESCE(workflow_name, 'workflow') AS workflow,
    COALESCE(CAST(run_id AS VARCHAR), head_sha, CAST(id AS VARCHAR)) AS run, COALESCE(run_attempt, 1) AS attempt, id,
    started_at, completed_at, conclusion, has_run, record_id, path
  FROM job_runs WHERE (conclusion IS NULL OR conclusion <> 'skipped') AND COALESCE(has_run, TRUE)
),
runs AS (
  SELECT
    *,
    MIN(started_at) OVER (PARTITION BY host, repository_key, workflow, run, attempt) AS began_at,
    COUNT(*) OVER (PARTITION BY host, repository_key, workflow, run, attempt) AS job_count,
    COUNT(CASE WHEN started_at <= completed_at THEN 1 END) OVER (
      PARTITION BY host, repository_key, workflow, run, attempt
    ) AS timed_jobs,
    COUNT(has_run) OVER (PARTITION BY host, repository_key, workflow, run, attempt) AS decided_jobs,
    COUNT(CASE WHEN conclusion IN ('success', 'failure', 'timed_out') THEN 1 END) OVER (
      PARTITION BY host, repository_key, workflow, run, attempt
    ) AS finished_jobs,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, workflow, run, attempt
      ORDER BY completed_at DESC NULLS LAST, id DESC NULLS LAST
    ) AS nth
  FROM jobs
)
SELECT
  host, repository_key, '' AS environment, completed_at AS happened_at,
  workflow || ' ' || run || '#' || CAST(attempt AS VARCHAR) AS item,
  CASE
    WHEN timed_jobs = job_count AND decided_jobs = job_count
    THEN CAST(DATE_DIFF('millisecond', began_at, completed_at) AS DOUBLE)
  END AS value,
  CASE
    WHEN timed_jobs < job_count THEN 'times of its jobs are not known, or out of order'
    WHEN decided_jobs < job_count THEN 'whether a job ran again or is a copy is not known'
  END AS why,
  record_id, path
FROM runs WHERE nth = 1 AND finished_jobs > 0
