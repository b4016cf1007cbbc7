-- merged_commits: each commit that merged a pull request, with the one that was merged last, if it merged several.
WITH ranked AS (
  SELECT
    host, repository_key, merge_commit_sha AS sha, identity,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, merge_commit_sha ORDER BY merged_at DESC NULLS LAST, identity DESC NULLS LAST
    ) AS newest
  FROM pull_requests WHERE merge_commit_sha IS NOT NULL
)
SELECT host, repository_key, sha, identity FROM ranked WHERE newest = 1
