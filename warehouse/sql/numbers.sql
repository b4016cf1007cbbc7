-- numbers: one row for each measure, service and each of its repositories, environment and period: the number of items, the
-- numbers of known and of inferred ones, and of all those with a value the sum, mean, median and percentiles.
-- Reads evidence (the rows of all measures), catalog and report_environments (their service) and periods. An empty
-- repository means the whole service: a series of its own if it has several repositories, else that of the one. The items
-- are grouped by small numbers: the names are much slower to sort. The median of n sorted
-- values is the mean of those whose doubled position is from n to n + 2: one value for an odd n, two for an even one. A
-- percentile lies between two neighbours and is interpolated linearly: of the sorted values, the one at position
-- (n - 1) * p, counted from zero, is weighted by its distance. p75 needs 4 values, p90 10 and p95 20. No table is named like a
-- column: BigQuery would take the table's name for the column's.
WITH places AS (
  SELECT DISTINCT
    e.measure, e.host, e.repository_key, e.environment AS item_environment, COALESCE(s.service, c.service) AS service,
    c.name AS repository, COALESCE(s.name, e.environment) AS environment
  FROM (SELECT DISTINCT measure, host, repository_key, environment FROM evidence) AS e
  JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key
  LEFT JOIN report_environments AS s
    ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment
),
services AS (
  SELECT service, COUNT(DISTINCT repository) AS repositories FROM places GROUP BY service
),
numbered AS (
  SELECT
    p.*, s.repositories, DENSE_RANK() OVER (ORDER BY p.measure, p.service, p.repository, p.environment) AS series
  FROM (
    SELECT measure, host, repository_key, item_environment, service, repository, environment FROM places
    UNION ALL
    SELECT p.measure, p.host, p.repository_key, p.item_environment, p.service, '' AS repository, p.environment
    FROM places AS p
    JOIN services AS s ON s.service = p.service
    WHERE s.repositories > 1
  ) AS p
  JOIN services AS s ON s.service = p.service
),
items AS (
  SELECT s.series, p.position, e.value, CASE WHEN e.certainty = 'known' THEN e.value END AS known_value
  FROM evidence AS e
  JOIN numbered AS s
    ON s.measure = e.measure AND s.host = e.host AND s.repository_key = e.repository_key
    AND s.item_environment = e.environment
  JOIN periods AS p ON e.happened_at >= p.starts_at AND e.happened_at < p.ends_at
),
counts AS (
  SELECT
    series, position, COUNT(known_value) AS known, COUNT(value) AS valued, COUNT(*) AS items, SUM(value) AS total,
    AVG(value) AS mean
  FROM items
  GROUP BY series, position
),
ranked AS (
  SELECT
    series, position, value, ROW_NUMBER() OVER (PARTITION BY series, position ORDER BY value) AS value_rank
  FROM items WHERE value IS NOT NULL
),
distances AS (
  SELECT
    r.series, r.position, r.value, r.value_rank, c.valued, ABS((r.value_rank - 1) * 100 - (c.valued - 1) * 75) AS from_p75,
    ABS((r.value_rank - 1) * 100 - (c.valued - 1) * 90) AS from_p90,
    ABS((r.value_rank - 1) * 100 - (c.valued - 1) * 95) AS from_p95
  FROM ranked AS r
  JOIN counts AS c ON c.series = r.series AND c.position = r.position
),
medians AS (
  SELECT
    series, position,
    AVG(CASE WHEN value_rank * 2 >= valued AND value_rank * 2 <= valued + 2 THEN value END) AS median,
    SUM(CASE WHEN valued >= 4 AND from_p75 < 100 THEN value * (100 - from_p75) END) / 100 AS p75,
    SUM(CASE WHEN valued >= 10 AND from_p90 < 100 THEN value * (100 - from_p90) END) / 100 AS p90,
    SUM(CASE WHEN valued >= 20 AND from_p95 < 100 THEN value * (100 - from_p95) END) / 100 AS p95
  FROM distances
  GROUP BY series, position
),
named AS (
  SELECT DISTINCT series, measure, service, repository, environment FROM numbered
  UNION ALL
  SELECT DISTINCT series, measure, service, '' AS repository, environment FROM numbered WHERE repositories = 1
)
SELECT
  n.measure, n.service, n.repository, n.environment, p.kind, p.name AS period, c.known, c.valued - c.known AS inferred, c.items, c.total,
  c.mean, m.median, m.p75, m.p90, m.p95
FROM counts AS c
JOIN named AS n ON n.series = c.series
JOIN periods AS p ON p.position = c.position
LEFT JOIN medians AS m ON m.series = c.series AND m.position = c.position
