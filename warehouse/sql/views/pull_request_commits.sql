-- pull_request_commits: each commit of a merged pull request, as on its own branch, with the time it was first written.
-- Those of code that another repository deploys are in both. A commit with two parents is a merge. Records of schema 1 have neither parents nor fingerprints.
-- In Trino, UNNEST of rows returns their fields: there the alias is times(authored, committed, …).
WITH lists AS (
  SELECT host, repository_key, identity, commits FROM commits_per_pr
  UNION ALL
  SELECT p.host, c.deploying_key AS repository_key, p.identity, p.commits
  FROM commits_per_pr AS p
  JOIN deployed_code AS c ON c.host = p.host AND c.code_key = p.repository_key
),
commit_times AS (
  SELECT
    c.host, c.repository_key, c.identity, COALESCE(t.authored, t.committed) AS written_at,
    t.committed AS committed_at, t.sha, t.parents, t.fingerprint
  FROM lists AS c
  CROSS JOIN UNNEST(c.commits.commit_timestamps) AS times(t)
)
SELECT
  host, repository_key, identity, written_at,
  ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, identity ORDER BY written_at NULLS FIRST, sha NULLS FIRST
  ) AS commit_number,
  committed_at, sha, parents, fingerprint
FROM commit_times
