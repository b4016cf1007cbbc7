-- title: Change lead time
-- unit: duration
-- statistic: median
-- better: lower
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: From a change's commit, when it was first written, to the deployment that took it to production.
--
-- One row per change, at the deployment with which it first arrived. value: ms, or null if the commit itself or the start
-- of its lead time (lead_time_from in services.toml) is unknown; such a row represents at least one change. certainty: an
-- inferred value is in the number, but does not count as known.
WITH started AS (
  SELECT *, certainty <> 'unknown' AND started_at <= deployed_at AS is_started FROM change_starts
)
SELECT
  host, repository_key, environment, deployed_at AS happened_at, change AS item,
  CAST(CASE WHEN is_started THEN DATE_DIFF('millisecond', started_at, deployed_at) END AS DOUBLE) AS value,
  CASE
    WHEN is_started OR certainty = 'unknown' THEN why
    WHEN started_at IS NULL THEN 'the start of its lead time is not known'
    ELSE 'started after it was deployed'
  END AS why,
  COALESCE(cause_id, record_id) AS record_id, COALESCE(cause_path, path) AS path,
  CASE WHEN is_started THEN certainty ELSE 'unknown' END AS certainty
FROM started
