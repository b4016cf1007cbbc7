-- known_commits: each commit that a record names, once: of a deployment, a comparison, a release or a pull request.
-- In Trino, UNNEST of rows returns their fields: there the alias is commits(sha, authored_at, …), see docs/DORA.md.
SELECT host, repository_key, sha FROM listed_commits
UNION
SELECT host, repository_key, sha FROM attempts WHERE sha IS NOT NULL
UNION
SELECT host, repository_key, merge_commit_sha AS sha FROM pull_requests WHERE merge_commit_sha IS NOT NULL
UNION
SELECT host, repository_key, sha FROM pull_request_shas
UNION
SELECT v.host, v.repository_key, c.sha
FROM release_versions AS v
CROSS JOIN UNNEST(v.changes.commits) AS commits(c)
