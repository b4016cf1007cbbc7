-- numbers: one number for each metric, service, environment and period, with how many of its items are known.
-- Reads evidence (a metric's rows), catalog (the service of each repository) and periods; value is the median for the
-- metrics that take a median, else the mean. The middle of n values in order are those whose place, doubled, is from n
-- to n + 2: one for an odd n, two for an even one.
WITH placed AS (
  SELECT
    e.metric, c.service, e.environment, p.period, e.value,
    COUNT(e.value) OVER (PARTITION BY e.metric, c.service, e.environment, p.period) AS known,
    COUNT(*) OVER (PARTITION BY e.metric, c.service, e.environment, p.period) AS items,
    ROW_NUMBER() OVER (
      PARTITION BY e.metric, c.service, e.environment, p.period ORDER BY e.value NULLS LAST
    ) AS place
  FROM evidence AS e
  JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key
  JOIN periods AS p ON e.at >= p.starts_at AND e.at < p.ends_at
)
SELECT
  metric, service, environment, period, MAX(known) AS known, MAX(items) AS items, AVG(value) AS mean,
  AVG(CASE WHEN place * 2 >= known AND place * 2 <= known + 2 THEN value END) AS median
FROM placed
GROUP BY metric, service, environment, period
