-- numbers: one row for each service and each of its repositories, environment and period: the number of items, the
-- number of known ones, and the sum, mean and median of those with a value: inferred ones are in it, but are not known.
-- Reads evidence (a measure's rows), catalog (the service of each repository) and periods. The median of n sorted values
-- is the mean of those whose doubled position is from n to n + 2: one value for an odd n, two for an even one. An empty
-- repository means the whole service.
WITH scopes AS (
  SELECT host, repository_key, service, '' AS repository FROM catalog
  UNION ALL
  SELECT host, repository_key, service, name AS repository FROM catalog
),
ranked AS (
  SELECT
    g.service, g.repository, e.environment, p.kind, p.name AS period, e.value,
    COUNT(CASE WHEN e.certainty = 'known' THEN 1 END) OVER (
      PARTITION BY g.service, g.repository, e.environment, p.kind, p.name
    ) AS known,
    COUNT(e.value) OVER (PARTITION BY g.service, g.repository, e.environment, p.kind, p.name) AS valued,
    COUNT(*) OVER (PARTITION BY g.service, g.repository, e.environment, p.kind, p.name) AS items,
    ROW_NUMBER() OVER (
      PARTITION BY g.service, g.repository, e.environment, p.kind, p.name ORDER BY e.value NULLS LAST
    ) AS value_rank
  FROM evidence AS e
  JOIN scopes AS g ON g.host = e.host AND g.repository_key = e.repository_key
  JOIN periods AS p ON e.happened_at >= p.starts_at AND e.happened_at < p.ends_at
)
SELECT
  service, repository, environment, kind, period, MAX(known) AS known, MAX(items) AS items, SUM(value) AS total,
  AVG(value) AS mean, AVG(CASE WHEN value_rank * 2 >= valued AND value_rank * 2 <= valued + 2 THEN value END) AS median
FROM ranked
GROUP BY service, repository, environment, kind, period
