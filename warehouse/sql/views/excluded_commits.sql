-- excluded_commits: each commit that GitHub's comparison lists for a success that services.toml excludes, numbered in the
-- order of its environment (position): what such a deployment brought is brought by a later one that counts. One that several
-- list between two deployments that count waits once, at its first place.
WITH listed AS (
  SELECT e.host, e.repository_key, e.environment, e.deployed_at, e.ordinal, e.record_id, l.sha, l.place
  FROM part_attempts AS e
  JOIN listed_commits AS l
    ON l.host = e.host AND l.repository_key = e.repository_key AND l.environment = e.environment
    AND l.deployment = e.deployment
  WHERE e.is_excluded AND e.kind = 'statuses' AND e.deployed_at IS NOT NULL
),
happened AS (
  SELECT host, repository_key, environment, deployed_at, ordinal, record_id, sha, place, 1 AS is_excluded FROM listed
  UNION ALL
  SELECT
    host, repository_key, environment, deployed_at, ordinal, record_id, CAST(NULL AS VARCHAR) AS sha,
    CAST(NULL AS BIGINT) AS place, 0 AS is_excluded
  FROM successes WHERE kind = 'statuses' AND NOT is_again
),
between_arrivals AS (
  SELECT
    *, SUM(1 - is_excluded) OVER (
      PARTITION BY host, repository_key, environment
      ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST, is_excluded DESC NULLS LAST, place NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS arrivals_before
  FROM happened
),
repeated AS (
  SELECT
    *, ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, arrivals_before, sha
      ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST, place NULLS FIRST
    ) AS nth
  FROM between_arrivals WHERE is_excluded = 1
)
SELECT
  host, repository_key, environment, record_id, sha,
  ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment
    ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST, place NULLS FIRST
  ) AS position
FROM repeated WHERE nth = 1
