-- title: Queue time of jobs
-- unit: duration
-- statistic: median
-- better: lower
-- source:
-- group: runner labels
-- definition: From a job's queueing to its start, without its wait for an approval.
--
-- One row per job that was not skipped and is no copy of an earlier attempt's. value: ms, or null if a time is unknown or the
-- times are out of order, or if it is not known how much of it was a wait for an approval: a job without an environment
-- waits for none.
SELECT
  host, repository_key, '' AS environment, COALESCE(started_at, created_at, completed_at) AS happened_at,
  CAST(id AS VARCHAR) AS item,
  CASE
    WHEN started_at < created_at THEN NULL
    WHEN started_at = created_at OR DATE_DIFF('millisecond', created_at, started_at) < wait THEN CAST(0 AS DOUBLE)
    ELSE CAST(DATE_DIFF('millisecond', created_at, started_at) - wait AS DOUBLE)
  END AS value,
  CASE
    WHEN created_at IS NULL OR started_at IS NULL THEN 'its times are not known'
    WHEN started_at < created_at THEN 'started before it was queued'
    WHEN wait IS NULL AND started_at > created_at THEN 'whether it waited for an approval is not known'
  END AS why,
  record_id, path, head_sha AS sha, CAST(run_id AS VARCHAR) AS run, CAST(id AS VARCHAR) AS job, runner_labels AS item_group
FROM job_runs WHERE (conclusion IS NULL OR conclusion <> 'skipped') AND COALESCE(has_run, TRUE)
