-- change_starts: each change with its pull request (pull_request, number; code_key: its repository, if another one) and the start of its lead time, by lead_time_from
-- (services.toml). started_at is null if the start is unknown. A listed commit belongs to the pull request that has a commit
-- of the same name, that it merged, or that has a commit of the same author time and fingerprint: a rebase keeps these.
-- committed: when the pull request's own commit was committed. A rebase changes that of the listed commit, and records of
-- schema 1, of the deployment or of a pull request with a commit of that author time, do not say which commit it was: unknown,
-- unless both times are equal. A record that does not know the fingerprint may list a commit of which another record knows it.
WITH listed AS (
  SELECT host, repository_key, sha, written_at, fingerprint FROM changes WHERE NOT is_of_list AND sha IS NOT NULL
  UNION
  SELECT host, repository_key, sha, written_at, fingerprint FROM listed_commits WHERE fingerprint IS NOT NULL
),
fingerprints AS (
  SELECT host, repository_key, sha, MAX(fingerprint) AS fingerprint FROM listed
  GROUP BY host, repository_key, sha
),
matches AS (
  SELECT
    l.host, l.repository_key, l.sha, c.identity, c.committed_at,
    ROW_NUMBER() OVER (
      PARTITION BY l.host, l.repository_key, l.sha
      ORDER BY CASE WHEN c.sha = l.sha THEN 0 WHEN c.sha IS NULL THEN 2 ELSE 1 END, p.merged_at DESC NULLS LAST, c.identity DESC NULLS LAST
    ) AS best,
    c.sha IS NOT DISTINCT FROM l.sha AS is_same_commit, c.sha IS NULL AS is_unnamed
  FROM listed AS l
  JOIN pull_request_commits AS c
    ON c.host = l.host AND c.repository_key = l.repository_key AND c.written_at = l.written_at
    AND (c.sha = l.sha OR c.fingerprint = l.fingerprint OR c.sha IS NULL)
  JOIN pull_requests AS p ON p.host = c.host AND p.repository_key = c.repository_key AND p.identity = c.identity
),
linked AS (
  SELECT
    c.*, k.lead_time_from,
    CASE
      WHEN c.is_of_list THEN c.identity
      WHEN m.is_same_commit THEN m.identity
      ELSE COALESCE(c.identity, CASE WHEN NOT m.is_unnamed THEN m.identity END)
    END AS pull_request,
    CASE
      WHEN c.is_of_list THEN c.committed_at
      WHEN NOT m.is_unnamed THEN m.committed_at
      WHEN (f.fingerprint IS NOT NULL AND m.sha IS NULL) OR c.committed_at = c.written_at THEN c.committed_at
    END AS own_committed_at
  FROM changes AS c
  JOIN catalog AS k ON k.host = c.host AND k.repository_key = c.repository_key
  LEFT JOIN matches AS m
    ON m.host = c.host AND m.repository_key = c.repository_key AND m.sha = c.sha AND m.best = 1 AND NOT c.is_of_list
  LEFT JOIN fingerprints AS f
    ON f.host = c.host AND f.repository_key = c.repository_key AND f.sha = c.sha AND NOT c.is_of_list
)
SELECT
  l.*, p.number, CASE WHEN p.own_key <> l.repository_key THEN p.own_key END AS code_key,
  CASE l.lead_time_from
    WHEN 'committed' THEN l.own_committed_at
    WHEN 'opened' THEN p.created_at
    WHEN 'merged' THEN p.merged_at
    ELSE l.written_at
  END AS started_at
FROM linked AS l
LEFT JOIN pull_requests AS p
  ON p.host = l.host AND p.repository_key = l.repository_key AND p.identity = l.pull_request
