-- pull_request_shas: each commit of a merged pull request by its name on the pull request's own branch. Records of
-- schema 1 do not name them.
-- In Trino, UNNEST of rows returns their fields: there the alias is times(authored, committed, …), see docs/DORA.md.
SELECT DISTINCT c.host, c.repository_key, c.identity, t.sha
FROM commits_per_pr AS c
CROSS JOIN UNNEST(c.commits.commit_timestamps) AS times(t)
WHERE t.sha IS NOT NULL
