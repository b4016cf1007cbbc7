-- releases: each tag that is a version and no pre-release, with the environment that it is released to. Tags of one prefix
-- are one line of releases; `v` belongs to the version. If a repository has several lines (has_lines), each is an
-- environment of its own, and which changes a release contains is unknown.
WITH tags AS (
  SELECT
    host, repository_key, identity, received_at, collected_by, record_id, path,
    CASE
      WHEN REGEXP_MATCHES(prefix, '(^|[^A-Za-z])[vV]$') THEN SUBSTR(prefix, 1, LENGTH(prefix) - 1)
      ELSE COALESCE(prefix, '')
    END AS line
  FROM release_versions WHERE release_version.version NOT LIKE '%-%'
),
line_counts AS (
  SELECT host, repository_key, COUNT(DISTINCT line) AS lines FROM tags GROUP BY host, repository_key
)
SELECT
  t.host, t.repository_key, t.identity, t.line, n.lines > 1 AS has_lines,
  CASE WHEN n.lines > 1 AND t.line <> '' THEN 'production (' || t.line || ')' ELSE 'production' END AS environment,
  CASE WHEN t.collected_by <> 'backfill' THEN t.received_at END AS released_at, t.record_id, t.path
FROM tags AS t
JOIN line_counts AS n ON n.host = t.host AND n.repository_key = t.repository_key
