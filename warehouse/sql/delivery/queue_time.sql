-- title: Queue time of jobs
-- unit: duration
-- statistic: median
-- better: lower
-- source:
-- definition: From a job's queueing to its start.
--
-- One row per job that was not skipped and is no copy of an earlier attempt's. value: ms, or null if a time is unknown or the times are out of order.
SELECT
  host, repository_key, '' AS environment, COALESCE(started_at, created_at, completed_at) AS happened_at,
  CAST(id AS VARCHAR) AS item,
  CASE WHEN started_at >= created_at THEN CAST(DATE_DIFF('millisecond', created_at, started_at) AS DOUBLE) END AS value,
  CASE
    WHEN created_at IS NULL OR started_at IS NULL THEN 'its times are not known'
    WHEN started_at < created_at THEN 'started before it was queued'
  END AS why,
  record_id, path
FROM job_runs WHERE (conclusion IS NULL OR conclusion <> 'skipped') AND COALESCE(has_run, TRUE)
