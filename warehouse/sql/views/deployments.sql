-- deployments: each successful deployment to production once, ordered within its environment.
-- A commit that is there already counts again if it is of another run and not by schedule. If the run or its event is not
-- known, is_counted is null: it may be no deployment of its own. A rollback always counts. A deployment of the commit that
-- was there for GitHub, after one that ended later, is omitted: it is a late job of its run. One of another run is not.
-- is_rollback: the commit first came to the environment before the one that it replaces, or GitHub compares it `behind`, or
-- it is the one of before again after a failed attempt (is_return). Null: unknown. deployment_number: the position in its
-- environment, from 1. previous_deployment: the one that it replaces. previous_planned_number: that of the last deployment
-- before it that was no rollback.
WITH successes AS (
  SELECT
    a.*, COALESCE(r.is_certain, 0) = 1 AS is_certain_return, r.deployment IS NOT NULL AS may_be_return,
    COALESCE(a.sha = LAG(a.sha) OVER (
      PARTITION BY a.host, a.repository_key, a.environment ORDER BY a.deployed_at NULLS FIRST, a.ordinal NULLS FIRST
    ), FALSE) AND a.kind IN ('statuses', 'workflow') AS is_again
  FROM attempts AS a
  LEFT JOIN (
    SELECT host, repository_key, environment, deployment, MAX(CASE WHEN is_certain THEN 1 ELSE 0 END) AS is_certain
    FROM returns_after_failure
    GROUP BY host, repository_key, environment, deployment
  ) AS r
    ON r.host = a.host AND r.repository_key = a.repository_key AND r.environment = a.environment
    AND r.deployment = a.deployment
  WHERE a.deployed_at IS NOT NULL
),
-- the deployments of a commit since it came
stretches AS (
  SELECT *, SUM(CASE WHEN is_again THEN 0 ELSE 1 END) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS stretch,
  run IS NOT NULL AND ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, sha, run ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
  ) = 1 AS is_first_of_run
  FROM successes
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
),
numbered AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST
    ) AS deployment_number,
    CASE WHEN counts_again THEN is_counted END AS is_certain_deployment
  FROM judged WHERE (COALESCE(counts_again, TRUE) OR may_be_return) AND (is_again OR NOT is_redeployment OR is_first_of_run)
),
with_first AS (
  SELECT
    *,
    CASE WHEN sha IS NULL THEN deployment_number ELSE MIN(deployment_number) OVER (
      PARTITION BY host, repository_key, environment, sha
    ) END AS first_number,
    MAX(CASE WHEN NOT is_again OR counts_again THEN deployment_number END) OVER (
      PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS replaced_number
  FROM numbered
),
compared AS (
  SELECT
    d.*, p.deployment AS replaced_deployment, p.sha AS replaced_sha, p.first_number AS replaced_first_number,
    p.is_certain_deployment IS NULL AS is_replaced_uncertain, o.sha AS github_sha, c.output_status AS comparison_status
  FROM with_first AS d
  LEFT JOIN with_first AS p
    ON p.host = d.host AND p.repository_key = d.repository_key AND p.environment = d.environment
    AND p.deployment_number = d.replaced_number
  LEFT JOIN with_first AS o
    ON o.host = d.host AND o.repository_key = d.repository_key AND o.environment = d.environment
    AND o.deployment = d.previous_id AND o.kind = 'statuses'
  LEFT JOIN comparison AS c
    ON c.host = d.host AND c.repository_key = d.repository_key AND c.base = p.sha AND c.head = d.sha
),
resolved AS (
  SELECT
    *,
    CASE
      WHEN is_again AND is_certain_return THEN TRUE
      WHEN is_again AND may_be_return THEN NULL
      WHEN is_again THEN FALSE
      WHEN first_number < replaced_first_number THEN CASE WHEN NOT is_replaced_uncertain THEN TRUE END
      WHEN comparison_status = 'behind' THEN CASE WHEN NOT is_replaced_uncertain THEN TRUE END
      WHEN comparison_status IS NOT NULL OR kind <> 'statuses' THEN FALSE
      WHEN github_sha <> replaced_sha THEN NULL
      WHEN is_rollback AND is_replaced_uncertain AND replaced_deployment IS NOT NULL THEN NULL
      ELSE is_rollback
    END AS resolved_is_rollback
  FROM compared
)
SELECT
  host, repository_key, environment, kind, deployment, ordinal, deployment_number, sha, deployed_at, changes_until,
  replaced_deployment AS previous_deployment,
  LEAD(deployed_at) OVER (PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST)
    AS next_deployed_at,
  LEAD((is_again OR is_compared) AND resolved_is_rollback IS NOT NULL) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
  ) AS is_next_compared,
  MAX(CASE WHEN NOT COALESCE(resolved_is_rollback, FALSE) THEN deployment_number END) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS previous_planned_number,
  is_first, is_again OR is_compared AS is_compared, resolved_is_rollback AS is_rollback, record_id, path,
  is_again AND may_be_return AS is_return, is_again, is_certain_deployment AS is_counted
FROM resolved
