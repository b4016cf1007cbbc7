-- listed_reverts: each listed commit that is a revert: its first line begins with an odd number of nested reverts. In schema 1,
-- which does not have that number, one that names a commit which is itself a revert is planned work; up to four in a row.
WITH named AS (
  SELECT
    l.host, l.repository_key, l.sha, MAX(l.revert_depth) AS depth, MAX(COALESCE(n.sha, l.reverts)) AS reverts,
    MAX(
      CASE
        WHEN l.revert_depth IS NULL THEN CASE WHEN l.is_revert THEN 1 ELSE 0 END
        ELSE MOD(l.revert_depth, 2)
      END
    ) AS looks_so
  FROM listed_changes AS l
  LEFT JOIN reverted_names AS n
    ON n.host = l.host AND n.repository_key = l.repository_key AND n.name = l.reverts
  GROUP BY l.host, l.repository_key, l.sha
),
one AS (
  SELECT a.*, CASE WHEN a.depth IS NULL AND b.looks_so = 1 THEN 0 ELSE a.looks_so END AS is_one
  FROM named AS a
  LEFT JOIN named AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.sha = a.reverts
),
two AS (
  SELECT a.*, CASE WHEN a.depth IS NULL AND b.is_one = 1 THEN 0 ELSE a.looks_so END AS is_two
  FROM one AS a
  LEFT JOIN one AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.sha = a.reverts
),
three AS (
  SELECT a.*, CASE WHEN a.depth IS NULL AND b.is_two = 1 THEN 0 ELSE a.looks_so END AS is_three
  FROM two AS a
  LEFT JOIN two AS b ON b.host = a.host AND b.repository_key = a.repository_key AND b.sha = a.reverts
)
SELECT host, repository_key, sha FROM three WHERE is_three = 1
