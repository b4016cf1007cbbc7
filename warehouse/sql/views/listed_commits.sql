-- listed_commits: each commit that GitHub's comparison lists for an attempt at a deployment, also for one that is excluded or
-- went back. pr_number is null if the number in the first line is that of an issue, or of nothing. is_assisted: whether an
-- assistant took part; null if that is not known. place: its place in the list.
-- In Trino, UNNEST of rows returns their fields: there the alias is commits(sha, authored_at, …), see docs/DORA.md.
-- Each list is read once, also if several parts of a repository have it.
WITH lists AS (
  SELECT
    s.host, s.record_id, c.sha, c.authored_at AS written_at, c.is_revert, c.reverts,
    CASE WHEN COALESCE(c.number_kind, 'pull_request') = 'pull_request' THEN c.pr_number END AS pr_number, c.parents,
    c.revert_depth, c.reverts_number, c.number_kind, c.committed_at, c.fingerprint, c.author_kind,
    CASE WHEN ARRAY_LENGTH(c.assistants) > 0 THEN TRUE WHEN c.title_kind IS NOT NULL THEN FALSE END AS is_assisted, place
  FROM deployment_status AS s
  CROSS JOIN UNNEST(s.changes.commits) WITH ORDINALITY AS commits(c, place)
)
SELECT
  a.host, a.repository_key, a.environment, a.deployment, a.record_id, l.sha, l.written_at, l.is_revert, l.reverts,
  l.pr_number, l.parents, l.revert_depth, l.reverts_number, l.number_kind, l.committed_at, l.fingerprint, l.author_kind,
  l.is_assisted, l.place
FROM part_attempts AS a
JOIN lists AS l ON l.host = a.host AND l.record_id = a.record_id
