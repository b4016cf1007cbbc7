-- title: Change lead time to the last environment
-- unit: duration
-- statistic: median
-- better: lower
-- source:
-- definition: From a change's commit to its deployment to the last of a service's production environments so far.
--
-- One row per change of a service with several production environments; value: ms, or null if unknown.
SELECT
  w.host, w.repository_key, w.environment, w.happened_at, w.item, w.value, w.why, l.record_id, l.path, w.certainty,
  k.author_kind, k.assisted, k.deployment, k.sha, k.number, k.run, k.tag, k.code_key
FROM whole_items AS w
JOIN change_lead_time AS l
  ON l.host = w.host AND l.repository_key = w.repository_key AND l.environment = w.shown_environment
  AND l.item = w.shown_item
LEFT JOIN item_links AS k
  ON k.host = w.host AND k.repository_key = w.repository_key AND k.environment = w.shown_environment
  AND k.item = w.shown_item
WHERE w.measure = 'change_lead_time_last'
