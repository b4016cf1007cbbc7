-- title: Change lead time
-- unit: duration
-- statistic: median
-- better: lower
-- source: https://dora.dev/guides/dora-metrics/ (2026-01-05)
-- definition: From a change's commit, when it was first written, to the deployment that took it to production.
--
-- One row per change, at the deployment with which it first arrived. value: ms, or
-- null if the commit's time or the commit itself is unknown; such a row represents at least one change. certainty: an
-- inferred value is in the number, but does not count as known.
SELECT
  host, repository_key, environment, deployed_at AS happened_at, change AS item,
  CAST(DATE_DIFF('millisecond', written_at, deployed_at) AS DOUBLE) AS value, why,
  COALESCE(cause_id, record_id) AS record_id, COALESCE(cause_path, path) AS path, certainty
FROM changes
