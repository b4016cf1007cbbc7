-- pull_request_changes: the changes that each merged pull request stands for: its commits without the merges and, in place of
-- a commit that is itself a squash, what that one's pull request stands for, as deep as it goes (sixteen levels). change: the
-- identity of the pull request that has the commit (pull_request), with the commit's number there. Where commits are not
-- listed, one row represents them: change is the merge commit. certainty: inferred if the number of parents is unknown,
-- because a merge is no change.
WITH eight_deep AS (
  SELECT host, repository_key, identity, squash_of FROM nested_pull_requests
  UNION
  SELECT a.host, a.repository_key, a.identity, b.squash_of
  FROM nested_pull_requests AS a
  JOIN nested_pull_requests AS b
    ON b.host = a.host AND b.repository_key = a.repository_key AND b.identity = a.squash_of
),
contained AS (
  SELECT host, repository_key, identity, identity AS pull_request FROM pull_requests
  UNION
  SELECT host, repository_key, identity, squash_of AS pull_request FROM eight_deep
  UNION
  SELECT a.host, a.repository_key, a.identity, b.squash_of AS pull_request
  FROM eight_deep AS a
  JOIN eight_deep AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.identity = a.squash_of
),
commit_counts AS (
  SELECT host, repository_key, identity, COUNT(*) AS listed_commits FROM pull_request_commits
  GROUP BY host, repository_key, identity
)
SELECT
  w.host, w.repository_key, w.identity, w.pull_request, c.commit_number,
  w.pull_request || '#' || CAST(c.commit_number AS VARCHAR) AS change, c.written_at, c.committed_at, c.sha, c.fingerprint,
  c.author_kind, c.is_assisted,
  CASE WHEN s.squash_of IS NULL AND s.why IS NOT NULL THEN s.why ELSE 'of a pull request' END AS why,
  CASE
    WHEN s.squash_of IS NULL AND s.why IS NOT NULL THEN 'unknown'
    WHEN c.parents IS NULL THEN 'inferred'
    ELSE 'known'
  END AS certainty
FROM contained AS w
JOIN pull_request_commits AS c
  ON c.host = w.host AND c.repository_key = w.repository_key AND c.identity = w.pull_request
LEFT JOIN squashed_commits AS s
  ON s.host = c.host AND s.repository_key = c.repository_key AND s.identity = c.identity
  AND s.commit_number = c.commit_number
WHERE COALESCE(c.parents, 1) < 2 AND (s.squash_of IS NULL OR s.squash_of = c.identity)
UNION ALL
SELECT
  w.host, w.repository_key, w.identity, w.pull_request, CAST(NULL AS BIGINT) AS commit_number,
  COALESCE(p.merge_commit_sha, p.identity) AS change, CAST(NULL AS TIMESTAMP) AS written_at,
  CAST(NULL AS TIMESTAMP) AS committed_at, CAST(NULL AS VARCHAR) AS sha, CAST(NULL AS VARCHAR) AS fingerprint,
  CAST(NULL AS VARCHAR) AS author_kind, CAST(NULL AS BOOLEAN) AS is_assisted,
  CASE
    WHEN p.commits IS NULL THEN 'the commits of its pull request are not known'
    ELSE 'more commits than GitHub lists'
  END AS why,
  'unknown' AS certainty
FROM contained AS w
JOIN pull_requests AS p
  ON p.host = w.host AND p.repository_key = w.repository_key AND p.identity = w.pull_request
LEFT JOIN commit_counts AS n
  ON n.host = p.host AND n.repository_key = p.repository_key AND n.identity = p.identity
WHERE p.commits IS NULL OR p.commits > COALESCE(n.listed_commits, 0)
