-- near_candidates: each sign that names nothing with the newest candidate (nth: 1), at most failure_hours (services.toml)
-- before, and those before it that it may be about: as long as it is not known of the newer ones that they are candidates.
-- doubt: 0 if it is known that it would be about the newest, 1 if that is inferred, 2 if it may be about another one or none.
-- Both are cut into stretches of the longest failure_hours, so that each sign is joined to two of them, not to the whole history.
WITH stretches AS (
  SELECT MAX(failure_hours) AS hours FROM catalog
),
placed AS (
  SELECT c.*, FLOOR(DATE_DIFF('hour', TIMESTAMP '2000-01-01', c.began_at) / s.hours) AS stretch
  FROM candidates AS c
  CROSS JOIN stretches AS s
),
asked AS (
  SELECT u.*, FLOOR(DATE_DIFF('hour', TIMESTAMP '2000-01-01', u.before) / s.hours) - n.stretches_before AS stretch
  FROM unnamed_signs AS u
  CROSS JOIN stretches AS s
  CROSS JOIN (SELECT 0 AS stretches_before UNION ALL SELECT 1 AS stretches_before) AS n
),
near AS (
  SELECT
    u.host, u.service, u.kind, u.repository_key, u.environment, u.id, u.sha, u.is_about_any,
    c.repository_key AS target_key, c.environment AS target_environment, c.deployment AS target, c.is_certain, c.doubt,
    ROW_NUMBER() OVER (
      PARTITION BY u.host, u.service, u.kind, u.repository_key, u.environment, u.id, u.sha
      ORDER BY c.began_at DESC, c.ended_at DESC, c.ordinal DESC NULLS LAST, c.deployment DESC, c.environment
    ) AS nth
  FROM asked AS u
  JOIN placed AS c
    ON c.host = u.host AND c.service = u.service AND c.place = u.place AND c.stretch = u.stretch
    AND c.began_at < u.before
    AND DATE_DIFF('millisecond', c.began_at, u.before) <= c.failure_hours * 3600000
    AND (c.repository_key <> u.repository_key OR c.environment <> u.environment OR c.deployment <> u.id)
),
passed AS (
  SELECT *, COALESCE(SUM(CASE WHEN is_certain THEN 1 ELSE 0 END) OVER (
    PARTITION BY host, service, kind, repository_key, environment, id, sha ORDER BY nth NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ), 0) AS certain_before
  FROM near
)
SELECT
  host, service, kind, repository_key, environment, id, sha, target_key, target_environment, target, nth,
  CASE WHEN is_certain AND nth = 1 AND NOT is_about_any THEN doubt ELSE 2 END AS doubt
FROM passed WHERE is_about_any OR certain_before = 0
