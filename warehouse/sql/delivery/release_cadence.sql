-- title: Release cadence
-- unit: duration
-- statistic: median
-- better:
-- source:
-- definition: From one release to the next, by their tags; pre-releases left out.
--
-- One row per tag that is a version. The only time of a tag's record is when it was received: a backfilled tag has no
-- time, so it is in no period, and the next tag is not measured from it. value: ms, or null.
WITH tags AS (
  SELECT
    host, repository_key, identity, CASE WHEN collected_by <> 'backfill' THEN received_at END AS happened_at,
    record_id, path
  FROM release_versions WHERE release_version.version NOT LIKE '%-%'
),
with_previous AS (
  SELECT *, LAG(happened_at) OVER (
    PARTITION BY host, repository_key ORDER BY happened_at NULLS FIRST, identity NULLS FIRST
  ) AS previous_at
  FROM tags
)
SELECT
  host, repository_key, '' AS environment, happened_at, identity AS item,
  CAST(DATE_DIFF('millisecond', previous_at, happened_at) AS DOUBLE) AS value,
  CASE
    WHEN happened_at IS NULL THEN 'found by backfill: GitHub reports no time of a tag'
    WHEN previous_at IS NULL THEN 'the first that is known'
  END AS why,
  record_id, path
FROM with_previous
