-- reverted_names: each name of a commit (name) that a listed commit or a pull request takes back, with the commit that it is
-- (sha): the one of the same name, else the only known one that begins with it, if it has at least seven digits.
SELECT s.host, s.repository_key, s.name, COALESCE(MAX(CASE WHEN k.sha = s.name THEN k.sha END), MIN(k.sha)) AS sha
FROM (
  SELECT host, repository_key, reverts AS name FROM listed_commits WHERE LENGTH(reverts) >= 7
  UNION
  SELECT host, repository_key, reverts AS name FROM listed_changes WHERE LENGTH(reverts) >= 7
  UNION
  SELECT host, repository_key, reverts_sha AS name FROM pull_requests WHERE LENGTH(reverts_sha) >= 7
) AS s
JOIN known_commits AS k
  ON k.host = s.host AND k.repository_key = s.repository_key AND SUBSTR(k.sha, 1, 7) = SUBSTR(s.name, 1, 7)
  AND SUBSTR(k.sha, 1, LENGTH(s.name)) = s.name
GROUP BY s.host, s.repository_key, s.name
HAVING COUNT(*) = 1 OR MAX(CASE WHEN k.sha = s.name THEN 1 ELSE 0 END) = 1
