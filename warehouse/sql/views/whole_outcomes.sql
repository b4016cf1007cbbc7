-- whole_outcomes: change fail rate, deployment frequency and rework rate of a service with several production environments:
-- one row per deployment of the service. It failed if it failed in one; else it is unknown if it is unknown in one.
-- shown_environment and shown_item: the item of one environment that decides, whose record is the evidence.
WITH items AS (
  SELECT 'change_fail_rate' AS measure, host, repository_key, environment, item, value, why, certainty FROM change_fail_rate
  UNION ALL
  SELECT 'deployment_frequency' AS measure, host, repository_key, environment, item, value, why, certainty
  FROM deployment_frequency
  UNION ALL
  SELECT 'deployment_rework_rate' AS measure, host, repository_key, environment, item, value, why, certainty
  FROM deployment_rework_rate
),
ranked AS (
  SELECT
    i.measure, i.host, i.repository_key, w.whole_environment, w.whole, w.first_at, i.value, i.why, i.certainty,
    i.environment, i.item,
    ROW_NUMBER() OVER (
      PARTITION BY i.measure, i.host, i.repository_key, w.service, w.whole
      ORDER BY
        CASE
          WHEN i.value = 1 AND i.certainty = 'known' THEN 0
          WHEN i.value = 1 THEN 1
          WHEN i.value IS NULL THEN 2
          WHEN i.certainty = 'inferred' THEN 3
          ELSE 4
        END,
        w.ended_at NULLS FIRST, i.environment
    ) AS place
  FROM items AS i
  JOIN whole_deployments AS w
    ON w.host = i.host AND w.repository_key = i.repository_key AND w.environment = i.environment AND w.deployment = i.item
)
SELECT
  measure, host, repository_key, whole_environment AS environment, whole AS item, first_at AS happened_at, value, why,
  certainty, environment AS shown_environment, item AS shown_item
FROM ranked WHERE place = 1
