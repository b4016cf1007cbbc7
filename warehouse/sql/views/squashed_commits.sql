-- squashed_commits: each commit of a pull request whose first line names a pull request, and of which it is the squash (squash_of):
-- it is its merge commit, or has the author time of that. squash_of is null if that is not known (why). A commit that only mentions
-- a pull request is omitted.
WITH numbered AS (
  SELECT host, repository_key, own_key, number, MAX(identity) AS identity FROM pull_requests
  WHERE number IS NOT NULL
  GROUP BY host, repository_key, own_key, number
),
named AS (
  SELECT
    c.host, c.repository_key, c.identity, c.commit_number, c.sha, c.written_at, p.identity AS squash_of, p.merge_commit_sha
  FROM pull_request_commits AS c
  JOIN pull_requests AS q ON q.host = c.host AND q.repository_key = c.repository_key AND q.identity = c.identity
  LEFT JOIN numbered AS n
    ON n.host = c.host AND n.repository_key = c.repository_key AND n.own_key = q.own_key AND n.number = c.named_number
  LEFT JOIN pull_requests AS p ON p.host = n.host AND p.repository_key = n.repository_key AND p.identity = n.identity
  WHERE c.named_number IS NOT NULL AND COALESCE(c.parents, 1) < 2
),
originals AS (
  SELECT l.host, l.repository_key, l.sha, MIN(l.written_at) AS written_at
  FROM listed_commits AS l
  JOIN (SELECT DISTINCT host, repository_key, merge_commit_sha FROM named) AS n
    ON n.host = l.host AND n.repository_key = l.repository_key AND n.merge_commit_sha = l.sha
  GROUP BY l.host, l.repository_key, l.sha
)
SELECT
  n.host, n.repository_key, n.identity, n.commit_number,
  CASE WHEN n.merge_commit_sha = n.sha OR o.written_at = n.written_at THEN n.squash_of END AS squash_of,
  CASE
    WHEN n.squash_of IS NULL THEN 'its pull request is not known'
    WHEN COALESCE(n.merge_commit_sha = n.sha, FALSE) OR o.sha IS NOT NULL THEN 'of a pull request'
    ELSE 'whether it is the squash of the pull request that it names is not known'
  END AS why
FROM named AS n
LEFT JOIN originals AS o
  ON o.host = n.host AND o.repository_key = n.repository_key AND o.sha = n.merge_commit_sha
WHERE n.squash_of IS NULL OR n.merge_commit_sha = n.sha OR o.sha IS NULL OR o.written_at = n.written_at
