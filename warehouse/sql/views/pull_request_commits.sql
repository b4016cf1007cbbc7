-- pull_request_commits: each commit of a merged pull request, as on its own branch, with the time it was first written.
-- Those of code that another repository deploys are in both.
-- commit_number: its place in GitHub's list. A commit with two parents is a merge. Records of schema 1 have only times. named_number: the pull request that the first
-- line names. is_assisted: whether an assistant took part; null if that is not known: a list has no null on BigQuery, but
-- its message has a title_kind.
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
    c.host, c.repository_key, c.identity, t.authored AS written_at,
    t.committed AS committed_at, t.sha, t.parents, t.fingerprint, t.author_kind,
    CASE WHEN ARRAY_LENGTH(t.assistants) > 0 THEN TRUE WHEN t.title_kind IS NOT NULL THEN FALSE END AS is_assisted,
    CASE WHEN COALESCE(t.number_kind, 'pull_request') = 'pull_request' THEN t.number END AS named_number,
    place
  FROM lists AS c
  CROSS JOIN UNNEST(c.commits.commit_timestamps) WITH ORDINALITY AS times(t, place)
)
SELECT
  host, repository_key, identity, written_at,
  ROW_NUMBER() OVER (PARTITION BY host, repository_key, identity ORDER BY place NULLS FIRST) AS commit_number,
  committed_at, sha, parents, fingerprint, author_kind, is_assisted, named_number
FROM commit_times
