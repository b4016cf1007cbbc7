-- title: Pull request lifetime
-- unit: duration
-- statistic: median
-- better: lower
-- source:
-- definition: From a pull request's opening to its merge.
--
-- One row per merged pull request. value: ms, or null if a time is unknown or the times are out of order.
SELECT
  host, repository_key, '' AS environment, merged_at AS happened_at, CAST(pr_id AS VARCHAR) AS item,
  CAST(created_to_merged_duration AS DOUBLE) AS value,
  CASE WHEN created_to_merged_duration IS NULL THEN 'its times are not known, or out of order' END AS why,
  record_id, path,
  author_kind, assisted, merge_commit_sha AS sha, number
FROM pull_requests WHERE own_key = repository_key
