-- listed_commits: each commit that GitHub's comparison lists for an attempt at a deployment, also for one that is excluded or
-- went back. pr_number is null if the number in the first line is that of an issue, or of nothing. is_assisted: whether an
-- assistant took part; null if that is not known. place: its place in the list.
-- In Trino, UNNEST of rows returns their fields: there the alias is commits(sha, authored_at, …), see docs/DORA.md.
SELECT
  a.host, a.repository_key, a.environment, a.deployment, a.record_id, c.sha, c.authored_at AS written_at,
  c.is_revert, c.reverts,
  CASE WHEN COALESCE(c.number_kind, 'pull_request') = 'pull_request' THEN c.pr_number END AS pr_number, c.parents,
  c.revert_depth, c.reverts_number, c.number_kind, c.committed_at, c.fingerprint, c.author_kind,
  ARRAY_LENGTH(c.assistants) > 0 AS is_assisted, place
FROM part_attempts AS a
JOIN deployment_status AS s ON s.host = a.host AND s.record_id = a.record_id
CROSS JOIN UNNEST(s.changes.commits) WITH ORDINALITY AS commits(c, place)
