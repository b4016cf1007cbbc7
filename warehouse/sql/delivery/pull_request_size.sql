-- title: Pull request size
-- unit: count
-- statistic: median
-- better: lower
-- source:
-- definition: Lines that a merged pull request adds and deletes.
--
-- One row per merged pull request. value: lines, or null if unknown. GitHub reports no line counts for a diff of more
-- than about 20,000 lines.
SELECT
  host, repository_key, '' AS environment, merged_at AS happened_at, CAST(pr_id AS VARCHAR) AS item,
  CASE WHEN additions + deletions > 0 THEN CAST(additions + deletions AS DOUBLE) END AS value,
  CASE
    WHEN additions IS NULL OR deletions IS NULL THEN 'its lines are not known'
    WHEN additions + deletions = 0 THEN 'no lines are reported: there are none, or more than GitHub counts'
  END AS why,
  COALESCE(commits_id, record_id) AS record_id, COALESCE(commits_path, path) AS path,
  author_kind, assisted, merge_commit_sha AS sha, number
FROM pull_requests WHERE own_key = repository_key
