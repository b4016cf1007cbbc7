-- pull_requests: each merged pull request, with the record of its commits if it exists. One whose code another repository
-- deploys (GitOps) is in both. own_key: the repository that it is of. commits is the exact number of commits, or null if
-- unknown. merge_number: its place among the merges into its branch. assisted: true if its description names an assistant, else
-- that is not known.
WITH merged AS (
  SELECT *, repository_key AS deploying_key FROM code_review_involvement
  WHERE merged AND merged_at IS NOT NULL
  UNION ALL
  SELECT p.*, c.deploying_key
  FROM code_review_involvement AS p
  JOIN deployed_code AS c ON c.host = p.host AND c.code_key = p.repository_key
  WHERE p.merged AND p.merged_at IS NOT NULL
)
SELECT
  p.host, p.deploying_key AS repository_key, p.identity, p.pr_id, p.number, p.base_ref, p.merge_commit_sha, p.created_at,
  p.merged_at, p.created_to_merged_duration, COALESCE(p.is_revert, FALSE) AS is_revert, p.record_id, p.path,
  c.commits.amount AS commits, c.additions, c.deletions, c.record_id AS commits_id, c.path AS commits_path,
  p.revert_depth, p.reverts_sha, p.reverts_number, p.closes, COALESCE(p."schema", 0) >= 2 AS has_texts,
  p.repository_key AS own_key, COALESCE(p.author_kind, 'unknown') AS author_kind,
  CASE WHEN ARRAY_LENGTH(p.assistants) > 0 THEN TRUE END AS assisted,
  ROW_NUMBER() OVER (
    PARTITION BY p.host, p.deploying_key, p.repository_key, p.base_ref
    ORDER BY p.merged_at NULLS FIRST, p.identity NULLS FIRST
  ) AS merge_number
FROM merged AS p
LEFT JOIN commits_per_pr AS c
  ON c.host = p.host AND c.identity = p.identity AND c.repository_key = p.repository_key
