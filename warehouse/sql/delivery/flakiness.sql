-- title: Flakiness
-- unit: share
-- statistic: mean
-- better: lower
-- source:
-- definition: The share of jobs, by name and commit, that both failed and passed at the same commit.
--
-- One row per workflow, job and commit. value: 1 if it both failed and passed, 0 if it only passed, or failed more than
-- once; null if it failed once and was not retried, as far as is known. A copy of an earlier attempt's job is no retry.
-- Records without the job's name are grouped by attempt.
WITH job_attempts AS (
  SELECT
    host, repository_key, head_sha, workflow_name, name, run_id, run_attempt, MAX(completed_at) AS happened_at,
    MAX(CASE WHEN conclusion = 'success' THEN 0 ELSE 1 END) AS failed, MAX(CASE WHEN has_run THEN 1 ELSE 0 END) AS ran,
    MAX(record_id) AS record_id, MAX(path) AS path
  FROM job_runs
  WHERE conclusion IN ('success', 'failure', 'timed_out') AND head_sha IS NOT NULL AND COALESCE(has_run, TRUE)
  GROUP BY host, repository_key, head_sha, workflow_name, name, run_id, run_attempt
)
SELECT
  host, repository_key, '' AS environment, MAX(happened_at) AS happened_at,
  COALESCE(workflow_name, 'workflow') || COALESCE(' / ' || name, '') || ' at ' || head_sha AS item,
  CAST(CASE
    WHEN SUM(failed) = COUNT(*) AND (COUNT(*) = 1 OR SUM(ran) <= 1) THEN NULL
    WHEN SUM(failed) > 0 AND SUM(failed) < COUNT(*) THEN 1
    ELSE 0
  END AS DOUBLE) AS value,
  CASE
    WHEN SUM(failed) = 1 AND COUNT(*) = 1 THEN 'failed, and was not retried'
    WHEN SUM(failed) = COUNT(*) AND SUM(ran) <= 1 THEN 'failed, and whether it was retried is not known'
    WHEN SUM(failed) > 0 AND SUM(failed) < COUNT(*) THEN 'failed and passed'
  END AS why,
  MAX(record_id) AS record_id, MAX(path) AS path, head_sha AS sha
FROM job_attempts
GROUP BY host, repository_key, head_sha, workflow_name, name
