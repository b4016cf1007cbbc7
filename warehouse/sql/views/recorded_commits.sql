-- recorded_commits: each commit that a record of an environment lists, also of an excluded deployment, or a comparison, once with
-- its author time.
SELECT host, repository_key, environment, sha, MIN(written_at) AS written_at
FROM (
  SELECT host, repository_key, environment, sha, written_at FROM listed_commits
  UNION ALL
  SELECT host, repository_key, environment, sha, written_at FROM listed_changes
) AS l
GROUP BY host, repository_key, environment, sha
