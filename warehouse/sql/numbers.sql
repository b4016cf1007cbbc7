-- numbers: one row for each service and each of its repositories, environment and period: the number of items, the
-- numbers of known and of inferred ones, and of all those with a value the sum, mean, median and percentiles.
-- Reads evidence (a measure's rows), catalog and report_environments (their service) and periods. The median of n sorted
-- values is the mean of those whose doubled position is from n to n + 2: one value for an odd n, two for an even one. A
-- percentile lies between two neighbours and is interpolated linearly: of the sorted values, the one at position
-- (n - 1) * p, counted from zero, is weighted by its distance. p90 needs 10 values, p95 needs 20. An empty repository means
-- the whole service.
WITH of_services AS (
  SELECT
    COALESCE(s.service, c.service) AS service, c.name AS repository, COALESCE(s.name, e.environment) AS environment,
    e.happened_at, e.value, e.certainty
  FROM evidence AS e
  JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key
  LEFT JOIN report_environments AS s
    ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment
),
scoped AS (
  SELECT service, '' AS repository, environment, happened_at, value, certainty FROM of_services
  UNION ALL
  SELECT service, repository, environment, happened_at, value, certainty FROM of_services
),
ranked AS (
  SELECT
    e.service, e.repository, e.environment, p.kind, p.name AS period, e.value,
    COUNT(CASE WHEN e.certainty = 'known' THEN e.value END) OVER (
      PARTITION BY e.service, e.repository, e.environment, p.kind, p.name
    ) AS known,
    COUNT(e.value) OVER (PARTITION BY e.service, e.repository, e.environment, p.kind, p.name) AS valued,
    COUNT(*) OVER (PARTITION BY e.service, e.repository, e.environment, p.kind, p.name) AS items,
    ROW_NUMBER() OVER (
      PARTITION BY e.service, e.repository, e.environment, p.kind, p.name ORDER BY e.value NULLS LAST
    ) AS value_rank
  FROM scoped AS e
  JOIN periods AS p ON e.happened_at >= p.starts_at AND e.happened_at < p.ends_at
),
distances AS (
  SELECT
    *, ABS((value_rank - 1) * 100 - (valued - 1) * 90) AS from_p90,
    ABS((value_rank - 1) * 100 - (valued - 1) * 95) AS from_p95
  FROM ranked
)
SELECT
  service, repository, environment, kind, period, MAX(known) AS known, MAX(valued) - MAX(known) AS inferred,
  MAX(items) AS items, SUM(value) AS total, AVG(value) AS mean,
  AVG(CASE WHEN value_rank * 2 >= valued AND value_rank * 2 <= valued + 2 THEN value END) AS median,
  SUM(CASE WHEN valued >= 10 AND from_p90 < 100 THEN value * (100 - from_p90) END) / 100 AS p90,
  SUM(CASE WHEN valued >= 20 AND from_p95 < 100 THEN value * (100 - from_p95) END) / 100 AS p95
FROM distances
GROUP BY service, repository, environment, kind, period
