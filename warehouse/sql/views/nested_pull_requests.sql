-- nested_pull_requests: each merged pull request with each that a commit of it is the squash of (squash_of), four deep.
WITH direct AS (
  SELECT host, repository_key, identity, squash_of FROM squashed_commits
  WHERE squash_of IS NOT NULL AND squash_of <> identity
),
two_deep AS (
  SELECT * FROM direct
  UNION
  SELECT a.host, a.repository_key, a.identity, b.squash_of
  FROM direct AS a
  JOIN direct AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.identity = a.squash_of
),
four_deep AS (
  SELECT * FROM two_deep
  UNION
  SELECT a.host, a.repository_key, a.identity, b.squash_of
  FROM two_deep AS a
  JOIN two_deep AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.identity = a.squash_of
)
SELECT host, repository_key, identity, squash_of FROM four_deep
