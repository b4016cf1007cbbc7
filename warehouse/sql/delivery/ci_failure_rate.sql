-- title: CI failure rate
-- unit: share
-- statistic: mean
-- better: lower
-- source:
-- definition: The share of check suites that ended in failure.
--
-- One row per suite that succeeded or failed, by its last state: a suite that succeeds on a re-run did not fail.
SELECT
  host, repository_key, '' AS environment, COALESCE(updated_at, created_at) AS happened_at, CAST(id AS VARCHAR) AS item,
  CAST(CASE WHEN conclusion = 'success' THEN 0 ELSE 1 END AS DOUBLE) AS value, conclusion AS why, record_id, path,
  head_sha AS sha
FROM check_suite WHERE conclusion IN ('success', 'failure', 'timed_out', 'startup_failure')
