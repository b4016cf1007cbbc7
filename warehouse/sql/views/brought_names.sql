-- brought_names: each commit (kind: sha) and pull request (kind: number) that came to an environment, with the number of
-- the deployment that brought it first. A number has the key of its repository: `1#12`. A pull request stands for its own commits and its merge commit. A commit whose
-- message names a pull request without a record is this pull request, unless the number is an issue's.
WITH names AS (
  SELECT host, repository_key, environment, deployment_number, 'sha' AS kind, sha AS name FROM listed_changes
  UNION ALL
  SELECT host, repository_key, environment, deployment_number, 'sha' AS kind, merge_commit_sha AS name
  FROM brought_pull_requests WHERE merge_commit_sha IS NOT NULL
  UNION ALL
  SELECT b.host, b.repository_key, b.environment, b.deployment_number, 'sha' AS kind, s.sha AS name
  FROM brought_pull_requests AS b
  JOIN pull_request_shas AS s
    ON s.host = b.host AND s.repository_key = b.repository_key AND s.identity = b.identity
  UNION ALL
  SELECT
    host, repository_key, environment, deployment_number, 'number' AS kind,
    own_key || '#' || CAST(number AS VARCHAR) AS name
  FROM brought_pull_requests WHERE number IS NOT NULL
  UNION ALL
  SELECT
    l.host, l.repository_key, l.environment, l.deployment_number, 'number' AS kind,
    l.repository_key || '#' || CAST(l.pr_number AS VARCHAR) AS name
  FROM listed_changes AS l
  LEFT JOIN pull_requests AS p
    ON p.host = l.host AND p.repository_key = l.repository_key AND p.own_key = l.repository_key
    AND p.number = l.pr_number
  WHERE l.pr_number IS NOT NULL AND p.number IS NULL AND COALESCE(l.number_kind, 'pull_request') = 'pull_request'
)
SELECT host, repository_key, environment, kind, name, MIN(deployment_number) AS deployment_number
FROM names
GROUP BY host, repository_key, environment, kind, name
