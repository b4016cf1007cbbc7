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
-- Of a service with paths only the changes of its paths are items; value is null if these are not known.
WITH of_services AS (
  SELECT c.*, NOT e.has_paths OR c.change = 'of ' || c.deployment OR p.is_of_part AS is_of_service
  FROM change_starts AS c
  JOIN service_environments AS e
    ON e.host = c.host AND e.repository_key = c.repository_key AND e.environment = c.environment
  LEFT JOIN part_pull_requests AS p
    ON p.host = c.host AND p.identity = c.pull_request AND p.service = e.service
),
started AS (
  SELECT
    *,
    certainty <> 'unknown' AND COALESCE(started_at <= deployed_at, FALSE) AND is_of_service IS NOT NULL AS is_started
  FROM of_services WHERE COALESCE(is_of_service, TRUE)
)
SELECT
  host, repository_key, environment, deployed_at AS happened_at, change AS item,
  CAST(CASE WHEN is_started THEN DATE_DIFF('millisecond', started_at, deployed_at) END AS DOUBLE) AS value,
  CASE
    WHEN is_started OR certainty = 'unknown' THEN why
    WHEN is_of_service IS NULL THEN 'which files it changes is not known'
    WHEN started_at IS NULL THEN 'the start of its lead time is not known'
    WHEN lead_time_from = 'authored' THEN 'written after it was deployed'
    ELSE 'started after it was deployed'
  END AS why,
  COALESCE(cause_id, record_id) AS record_id, COALESCE(cause_path, path) AS path,
  CASE WHEN is_started THEN certainty ELSE 'unknown' END AS certainty
FROM started
