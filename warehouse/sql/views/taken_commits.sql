-- taken_commits: each commit that an excluded deployment lists, with the deployment that counts and takes it over: the
-- next one that takes as far (passed_exclusions), once. Commits that no deployment has taken yet are omitted.
WITH queue AS (
  SELECT host, repository_key, environment, position, 0 AS is_end, CAST(NULL AS BIGINT) AS deployment_number, sha, record_id
  FROM excluded_commits
  UNION ALL
  SELECT
    host, repository_key, environment, taken_until AS position, 1 AS is_end, deployment_number,
    CAST(NULL AS VARCHAR) AS sha, CAST(NULL AS VARCHAR) AS record_id
  FROM passed_exclusions WHERE taken_until IS NOT NULL
),
taken AS (
  SELECT host, repository_key, environment, position, is_end, sha, record_id, MIN(deployment_number) OVER (
    PARTITION BY host, repository_key, environment
    ORDER BY position NULLS FIRST, is_end NULLS FIRST, deployment_number NULLS FIRST
    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
  ) AS deployment_number
  FROM queue
),
numbered AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, deployment_number, sha ORDER BY position NULLS FIRST
  ) AS nth
  FROM taken WHERE is_end = 0 AND deployment_number IS NOT NULL
)
SELECT host, repository_key, environment, deployment_number, sha, record_id, position FROM numbered WHERE nth = 1
