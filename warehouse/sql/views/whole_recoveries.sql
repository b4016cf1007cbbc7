-- whole_recoveries: the recovery time of each failed deployment of a service with several production environments: from its
-- first arrival, or an earlier opening, until the last of those that failed recovered. Unknown if one of them is, or if it is
-- not known whether it failed in another environment. shown_environment and shown_item: the item whose record is the evidence.
WITH timed AS (
  SELECT
    r.host, r.repository_key, r.environment, r.item, w.whole_environment, w.service, w.whole, w.first_at, r.why,
    r.happened_at, r.value, r.certainty, DATE_DIFF('millisecond', w.first_at, r.happened_at) AS began,
    DATE_DIFF('millisecond', w.first_at, r.happened_at) + r.value AS ended
  FROM failed_deployment_recovery_time AS r
  JOIN whole_deployments AS w
    ON w.host = r.host AND w.repository_key = r.repository_key AND w.environment = r.environment AND w.deployment = r.item
),
judged AS (
  SELECT host, repository_key, service, whole, MIN(CASE WHEN is_failure_known THEN 1 ELSE 0 END) AS is_known
  FROM whole_deployments
  GROUP BY host, repository_key, service, whole
),
together AS (
  SELECT
    t.host, t.repository_key, t.service, t.whole, MAX(t.ended) AS ended, MIN(t.began) AS began,
    MIN(t.happened_at) AS happened_at, MIN(t.first_at) AS first_at,
    MIN(CASE WHEN t.value IS NULL THEN 0 ELSE j.is_known END) AS is_known,
    MAX(CASE WHEN t.certainty = 'known' THEN 0 ELSE 1 END) AS is_inferred
  FROM timed AS t
  JOIN judged AS j
    ON j.host = t.host AND j.repository_key = t.repository_key AND j.service = t.service AND j.whole = t.whole
  GROUP BY t.host, t.repository_key, t.service, t.whole
),
last_of AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, service, whole
    ORDER BY CASE WHEN value IS NULL THEN 0 ELSE 1 END, ended DESC NULLS LAST, environment
  ) AS place
  FROM timed
)
SELECT
  'failed_deployment_recovery_time' AS measure, t.host, t.repository_key, l.whole_environment AS environment,
  t.whole AS item,
  CASE WHEN t.happened_at < t.first_at THEN t.happened_at ELSE t.first_at END AS happened_at,
  CASE WHEN t.is_known = 1 THEN t.ended - CASE WHEN t.began < 0 THEN t.began ELSE 0 END END AS value,
  CASE
    WHEN t.is_known = 1 OR l.value IS NULL THEN l.why
    ELSE 'whether it failed in another environment is not known'
  END AS why,
  CASE
    WHEN t.is_known = 0 THEN 'unknown'
    WHEN t.is_inferred = 1 THEN 'inferred'
    ELSE 'known'
  END AS certainty,
  l.environment AS shown_environment, l.item AS shown_item
FROM together AS t
JOIN last_of AS l
  ON l.host = t.host AND l.repository_key = t.repository_key AND l.service = t.service AND l.whole = t.whole
  AND l.place = 1
