-- pull_request_shas: each commit of a merged pull request by its name on the pull request's own branch. Records of
-- schema 1 do not name them.
SELECT DISTINCT host, repository_key, identity, sha FROM pull_request_commits WHERE sha IS NOT NULL
