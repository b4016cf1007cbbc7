-- title: Documentation share
-- unit: share
-- statistic: mean
-- better: higher
-- source:
-- definition: The share of merged pull requests that add or change Markdown files.
--
-- One row per merged pull request: value 1 or 0, or null if its files are unknown.
SELECT
  p.host, p.repository_key, '' AS environment, p.merged_at AS happened_at, CAST(p.pr_id AS VARCHAR) AS item,
  CAST(CASE WHEN d.pr_files.md_files_changed > 0 THEN 1 WHEN d.pr_files.md_files_changed = 0 THEN 0 END AS DOUBLE)
    AS value,
  CASE WHEN d.pr_files.md_files_changed IS NULL THEN 'its files are not known' END AS why,
  COALESCE(d.record_id, p.record_id) AS record_id, COALESCE(d.path, p.path) AS path,
  p.author_kind, p.assisted, p.merge_commit_sha AS sha, p.number
FROM pull_requests AS p
LEFT JOIN documentation_updated AS d
  ON d.host = p.host AND d.identity = p.identity AND d.repository_key = p.repository_key
WHERE p.own_key = p.repository_key
