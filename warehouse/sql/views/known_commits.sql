-- known_commits: each commit that a record names, once: of a deployment, a comparison or a pull request.
SELECT host, repository_key, sha FROM listed_changes
UNION
SELECT host, repository_key, sha FROM attempts WHERE sha IS NOT NULL
UNION
SELECT host, repository_key, merge_commit_sha AS sha FROM pull_requests WHERE merge_commit_sha IS NOT NULL
UNION
SELECT host, repository_key, sha FROM pull_request_shas
