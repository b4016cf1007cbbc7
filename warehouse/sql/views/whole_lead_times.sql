-- whole_lead_times: each change of a service with several production environments, with its lead time to the first of the
-- environments that it reached so far (change_lead_time) and to the last (change_lead_time_last). Unknown if one of them is
-- unknown, or if a deployment whose changes are not known may have taken it to another environment: to the first one, if
-- that may have been earlier. What is not known of a deployment is one item of the service's deployment.
-- shown_environment and shown_item: the item whose record is the evidence.
WITH of_services AS (
  SELECT DISTINCT host, repository_key, service, environment, whole_environment FROM whole_deployments
),
items AS (
  SELECT
    l.host, l.repository_key, l.environment, l.item, s.service, s.whole_environment,
    COALESCE('of ' || w.whole, l.item) AS whole, l.happened_at, l.value, l.why, l.certainty
  FROM change_lead_time AS l
  JOIN of_services AS s
    ON s.host = l.host AND s.repository_key = l.repository_key AND s.environment = l.environment
  LEFT JOIN whole_deployments AS w
    ON w.host = l.host AND w.repository_key = l.repository_key AND w.environment = l.environment
    AND 'of ' || w.deployment = l.item
),
arrivals AS (
  SELECT
    b.host, b.repository_key, s.service, b.environment, b.change, MIN(b.written_at) AS written_at,
    MIN(b.deployed_at) AS arrived_at
  FROM changes AS b
  JOIN of_services AS s
    ON s.host = b.host AND s.repository_key = b.repository_key AND s.environment = b.environment
  GROUP BY b.host, b.repository_key, s.service, b.environment, b.change
),
arrived AS (
  SELECT host, repository_key, service, change, MIN(written_at) AS written_at, MIN(arrived_at) AS arrived_at
  FROM arrivals
  GROUP BY host, repository_key, service, change
),
-- deployments of which it is not known what they brought, or not all of it
hiding_deployments AS (
  SELECT u.host, u.repository_key, s.service, u.environment, u.deployed_at
  FROM unlisted_deployments AS u
  JOIN of_services AS s
    ON s.host = u.host AND s.repository_key = u.repository_key AND s.environment = u.environment
  WHERE NOT u.is_first
),
hiding AS (
  SELECT DISTINCT host, repository_key, service, environment FROM hiding_deployments
),
-- each change in each environment that it may have reached, in order of time with the deployments that may have taken it
events AS (
  SELECT
    c.host, c.repository_key, c.service, h.environment, c.change, c.written_at AS happened_at, c.arrived_at,
    CAST(NULL AS TIMESTAMP) AS hidden_at
  FROM arrived AS c
  JOIN hiding AS h ON h.host = c.host AND h.repository_key = c.repository_key AND h.service = c.service
  LEFT JOIN arrivals AS a
    ON a.host = c.host AND a.repository_key = c.repository_key AND a.environment = h.environment AND a.change = c.change
  WHERE a.change IS NULL
  UNION ALL
  SELECT
    host, repository_key, service, environment, CAST(NULL AS VARCHAR) AS change, deployed_at AS happened_at,
    CAST(NULL AS TIMESTAMP) AS arrived_at, deployed_at AS hidden_at
  FROM hiding_deployments
),
followed AS (
  SELECT *, MIN(hidden_at) OVER (
    PARTITION BY host, repository_key, environment
    ORDER BY happened_at NULLS FIRST, CASE WHEN change IS NULL THEN 1 ELSE 0 END NULLS FIRST
    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
  ) AS next_hidden_at
  FROM events
),
hidden AS (
  SELECT
    host, repository_key, service, change,
    MAX(CASE WHEN next_hidden_at < arrived_at THEN 1 ELSE 0 END) AS may_be_earlier
  FROM followed WHERE change IS NOT NULL AND next_hidden_at IS NOT NULL
  GROUP BY host, repository_key, service, change
),
ranked AS (
  SELECT
    i.*, COALESCE(h.may_be_earlier, 0) = 1 AS may_be_earlier, h.change IS NOT NULL AS may_be_later,
    ROW_NUMBER() OVER (
      PARTITION BY i.host, i.repository_key, i.service, i.whole
      ORDER BY CASE WHEN i.value IS NULL THEN 0 ELSE 1 END, i.value NULLS FIRST, i.happened_at NULLS FIRST, i.environment
    ) AS first_place,
    ROW_NUMBER() OVER (
      PARTITION BY i.host, i.repository_key, i.service, i.whole
      ORDER BY
        CASE WHEN i.value IS NULL THEN 0 ELSE 1 END, i.value DESC NULLS FIRST, i.happened_at DESC NULLS LAST, i.environment
    ) AS last_place,
    MIN(i.happened_at) OVER (PARTITION BY i.host, i.repository_key, i.service, i.whole) AS first_at,
    MAX(i.happened_at) OVER (PARTITION BY i.host, i.repository_key, i.service, i.whole) AS last_at
  FROM items AS i
  LEFT JOIN hidden AS h
    ON h.host = i.host AND h.repository_key = i.repository_key AND h.service = i.service AND h.change = i.whole
),
both_ends AS (
  SELECT
    'change_lead_time' AS measure, host, repository_key, whole_environment, whole, first_at AS happened_at, value, why,
    certainty, environment, item, may_be_earlier AS is_hidden
  FROM ranked WHERE first_place = 1
  UNION ALL
  SELECT
    'change_lead_time_last' AS measure, host, repository_key, whole_environment, whole, last_at AS happened_at, value,
    why, certainty, environment, item, may_be_later AS is_hidden
  FROM ranked WHERE last_place = 1
)
SELECT
  measure, host, repository_key, whole_environment AS environment, whole AS item, happened_at,
  CASE WHEN NOT is_hidden THEN value END AS value,
  CASE WHEN is_hidden AND value IS NOT NULL THEN 'whether it reached another environment is not known' ELSE why END AS why,
  CASE WHEN is_hidden THEN 'unknown' ELSE certainty END AS certainty, environment AS shown_environment,
  item AS shown_item
FROM both_ends
