-- listed_reverts: each listed commit of an environment that is a revert, with what it names: its first line begins with an odd
-- number of nested reverts. In schema 1, which does not have that number (is_judged: false), one that names a commit which is
-- itself a revert is planned work; up to four in a row. A record of schema 2 that lists the same commit decides.
WITH listed AS (
  SELECT host, repository_key, environment, sha, revert_depth, is_revert, reverts, reverts_number FROM listed_commits
  UNION
  SELECT host, repository_key, environment, sha, revert_depth, is_revert, reverts, reverts_number FROM listed_changes
),
merged AS (
  SELECT
    host, repository_key, environment, sha, MAX(revert_depth) AS depth, MAX(reverts) AS reverts,
    MAX(reverts_number) AS reverts_number,
    CASE
      WHEN MAX(revert_depth) IS NULL THEN MAX(CASE WHEN is_revert THEN 1 ELSE 0 END)
      ELSE MOD(MAX(revert_depth), 2)
    END AS looks_so
  FROM listed
  GROUP BY host, repository_key, environment, sha
),
named AS (
  SELECT l.*, COALESCE(n.sha, l.reverts) AS parent
  FROM merged AS l
  LEFT JOIN reverted_names AS n
    ON n.host = l.host AND n.repository_key = l.repository_key AND n.name = l.reverts
  WHERE l.looks_so = 1
),
one AS (
  SELECT a.*, CASE WHEN a.depth IS NULL AND b.looks_so = 1 THEN 0 ELSE 1 END AS is_one
  FROM named AS a
  LEFT JOIN named AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.environment = a.environment AND b.sha = a.parent
),
two AS (
  SELECT a.*, CASE WHEN a.depth IS NULL AND b.is_one = 1 THEN 0 ELSE 1 END AS is_two
  FROM one AS a
  LEFT JOIN one AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.environment = a.environment AND b.sha = a.parent
),
three AS (
  SELECT a.*, CASE WHEN a.depth IS NULL AND b.is_two = 1 THEN 0 ELSE 1 END AS is_three
  FROM two AS a
  LEFT JOIN two AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.environment = a.environment AND b.sha = a.parent
)
SELECT host, repository_key, environment, sha, depth IS NOT NULL AS is_judged, reverts, reverts_number FROM three WHERE is_three = 1
