-- change_starts: each change with the start of its lead time, by lead_time_from (services.toml). started_at is null if the
-- start is unknown. A listed commit belongs to the pull request that has a commit of the same sha, or of the same author time
-- and fingerprint: a rebase keeps these. committed: when the pull request's own commit was committed. A rebase changes that
-- of the listed commit, and records of schema 1 do not say which commit it was: unknown, unless both times are equal.
WITH by_sha AS (
  SELECT host, repository_key, sha, MIN(identity) AS identity, MIN(committed_at) AS committed_at FROM pull_request_commits
  WHERE sha IS NOT NULL
  GROUP BY host, repository_key, sha
),
by_fingerprint AS (
  SELECT host, repository_key, written_at, fingerprint, MIN(identity) AS identity, MIN(committed_at) AS committed_at
  FROM pull_request_commits WHERE fingerprint IS NOT NULL
  GROUP BY host, repository_key, written_at, fingerprint
),
linked AS (
  SELECT
    c.*, k.lead_time_from, COALESCE(c.identity, s.identity, f.identity) AS pull_request,
    CASE
      WHEN c.list IS NOT NULL THEN c.committed_at
      WHEN s.sha IS NOT NULL THEN s.committed_at
      WHEN f.fingerprint IS NOT NULL THEN f.committed_at
      WHEN c.fingerprint IS NOT NULL OR c.committed_at = c.written_at THEN c.committed_at
    END AS own_committed_at
  FROM changes AS c
  JOIN catalog AS k ON k.host = c.host AND k.repository_key = c.repository_key
  LEFT JOIN by_sha AS s
    ON s.host = c.host AND s.repository_key = c.repository_key AND s.sha = c.change AND c.list IS NULL
  LEFT JOIN by_fingerprint AS f
    ON f.host = c.host AND f.repository_key = c.repository_key AND f.written_at = c.written_at
    AND f.fingerprint = c.fingerprint AND c.list IS NULL
)
SELECT
  l.*,
  CASE l.lead_time_from
    WHEN 'committed' THEN l.own_committed_at
    WHEN 'opened' THEN p.created_at
    WHEN 'merged' THEN p.merged_at
    ELSE l.written_at
  END AS started_at
FROM linked AS l
LEFT JOIN pull_requests AS p
  ON p.host = l.host AND p.repository_key = l.repository_key AND p.identity = l.pull_request
