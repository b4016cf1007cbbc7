-- successes: each successful deployment to production that counts or may count, ordered within its environment.
-- A commit that is there already (is_again) counts again if it is of another run and not by schedule, or if it goes back after
-- a failed attempt. counts_again is null if the run or its event is not known. may_be_return: the commit of before is deployed
-- again after a failed attempt; is_certain_return: that is known. A deployment of the commit that was there for GitHub,
-- while another commit arrived, is omitted: it is a late job of its run. One of another run is not. Of an unknown run it is
-- omitted if the other one was created after it: else GitHub would have compared it with that, unless that was created
-- before what GitHub compared it with. is_counted is null if it is not known whether it counts.
-- deployment_number: the position in its environment, from 1.
WITH ends AS (
  SELECT
    a.*, s.previous.created_at AS compared_created_at,
    LAG(a.sha) OVER (
      PARTITION BY a.host, a.repository_key, a.environment ORDER BY a.deployed_at NULLS FIRST, a.ordinal NULLS FIRST
    ) AS sha_before,
    LAG(s.deployment_created_at) OVER (
      PARTITION BY a.host, a.repository_key, a.environment ORDER BY a.deployed_at NULLS FIRST, a.ordinal NULLS FIRST
    ) AS created_before,
    ROW_NUMBER() OVER (
      PARTITION BY a.host, a.repository_key, a.environment, a.sha, a.run
      ORDER BY a.deployed_at NULLS FIRST, a.ordinal NULLS FIRST
    ) AS nth_of_commit
  FROM attempts AS a
  LEFT JOIN deployment_status AS s ON s.host = a.host AND s.record_id = a.record_id
  WHERE a.deployed_at IS NOT NULL
),
timely AS (
  SELECT * FROM ends
  WHERE NOT COALESCE(
    is_redeployment AND sha_before <> sha
    AND CASE WHEN run IS NULL THEN created_before >= compared_created_at ELSE nth_of_commit > 1 END,
    FALSE
  )
),
compared AS (
  SELECT
    a.*, COALESCE(r.is_certain, 0) = 1 AS is_certain_return, r.deployment IS NOT NULL AS may_be_return,
    COALESCE(a.sha = LAG(a.sha) OVER (
      PARTITION BY a.host, a.repository_key, a.environment ORDER BY a.deployed_at NULLS FIRST, a.ordinal NULLS FIRST
    ), FALSE) AND a.kind IN ('statuses', 'workflow') AS is_again
  FROM timely AS a
  LEFT JOIN (
    SELECT host, repository_key, environment, deployment, MAX(CASE WHEN is_certain THEN 1 ELSE 0 END) AS is_certain
    FROM returns_after_failure
    GROUP BY host, repository_key, environment, deployment
  ) AS r
    ON r.host = a.host AND r.repository_key = a.repository_key AND r.environment = a.environment
    AND r.deployment = a.deployment
),
-- the deployments of a commit since it came
stretches AS (
  SELECT *, SUM(CASE WHEN is_again THEN 0 ELSE 1 END) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS stretch
  FROM compared
),
repeated AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, stretch, run
      ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
    ) AS nth_of_run,
    COUNT(CASE WHEN run IS NULL THEN 1 END) OVER (
      PARTITION BY host, repository_key, environment, stretch
      ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS unknown_runs
  FROM stretches
),
judged AS (
  SELECT
    *,
    CASE
      WHEN NOT is_again OR is_certain_return THEN TRUE
      WHEN is_scheduled OR (run IS NOT NULL AND nth_of_run > 1) THEN FALSE
      WHEN unknown_runs > 0 OR is_scheduled IS NULL THEN NULL
      ELSE TRUE
    END AS counts_again
  FROM repeated
)
SELECT
  host, repository_key, environment, kind, deployment, ordinal,
  ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
  ) AS deployment_number,
  sha, deployed_at, changes_until, is_rollback, is_first, is_compared, record_id, path, previous_id, is_again,
  counts_again, is_certain_return, may_be_return, CASE WHEN counts_again THEN is_counted END AS is_counted
FROM judged WHERE COALESCE(counts_again, TRUE) OR may_be_return
