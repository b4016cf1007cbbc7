-- title: Release cadence
-- unit: duration
-- statistic: median
-- better:
-- source:
-- definition: From one release to the next of the same prefix, by their tags; pre-releases left out.
--
-- One row per tag that is a version. The only time of a tag's record is when it was received: a backfilled tag has no
-- time, so it is in no period, and the next tag is not measured from it. value: ms, or null.
WITH with_previous AS (
  SELECT *, LAG(released_at) OVER (
    PARTITION BY host, repository_key, line ORDER BY released_at NULLS FIRST, identity NULLS FIRST
  ) AS previous_at
  FROM releases
)
SELECT
  host, repository_key, '' AS environment, released_at AS happened_at, identity AS item,
  CAST(DATE_DIFF('millisecond', previous_at, released_at) AS DOUBLE) AS value,
  CASE
    WHEN released_at IS NULL THEN 'found by backfill: GitHub reports no time of a tag'
    WHEN previous_at IS NULL THEN 'the first that is known'
  END AS why,
  record_id, path, identity AS tag
FROM with_previous
