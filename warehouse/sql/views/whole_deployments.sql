-- whole_deployments: each deployment and failed change of a service with several production environments, with the service's
-- deployment that it is part of. The k-th coming of a commit in each environment is the k-th deployment of the service, at
-- its first arrival; failed changes are grouped apart. Only statuses are grouped: a release, run or merge is one by itself.
-- whole: the id of the first one. first_at: when that ended. is_failure_known: false if change fail rate does not know it.
-- whole_environment: what stands for all environments in the column environment of a measure.
WITH ended AS (
  SELECT
    f.host, f.repository_key, s.service, f.environment, s.name, s.whole_environment, f.item AS deployment, a.ordinal, a.sha,
    COALESCE(a.deployed_at, a.failed_at) AS ended_at, a.deployed_at IS NOT NULL AS is_success,
    f.value IS NOT NULL AS is_failure_known, a.kind = 'statuses' AND a.sha IS NOT NULL AS is_grouped
  FROM change_fail_rate AS f
  JOIN attempts AS a
    ON a.host = f.host AND a.repository_key = f.repository_key AND a.environment = f.environment
    AND a.deployment = f.item
  JOIN service_environments AS s
    ON s.host = f.host AND s.repository_key = f.repository_key AND s.environment = f.environment
),
several AS (
  SELECT service FROM ended GROUP BY service HAVING COUNT(DISTINCT name) > 1
),
numbered AS (
  SELECT e.*, ROW_NUMBER() OVER (
    PARTITION BY e.host, e.repository_key, e.service, e.environment, e.sha, e.is_success, e.is_grouped
    ORDER BY e.ended_at NULLS FIRST, e.ordinal NULLS FIRST, e.deployment
  ) AS coming
  FROM ended AS e
  JOIN several AS s ON s.service = e.service
),
arrived AS (
  SELECT
    *,
    FIRST_VALUE(deployment) OVER (
      PARTITION BY host, repository_key, service, sha, is_success, is_grouped, coming
      ORDER BY ended_at NULLS FIRST, ordinal NULLS FIRST, deployment
    ) AS first_deployment,
    MIN(ended_at) OVER (PARTITION BY host, repository_key, service, sha, is_success, is_grouped, coming) AS arrived_at
  FROM numbered
)
SELECT
  host, repository_key, service, environment, deployment,
  CASE WHEN is_grouped THEN first_deployment ELSE deployment END AS whole,
  CASE WHEN is_grouped THEN arrived_at ELSE ended_at END AS first_at, ended_at, is_failure_known,
  whole_environment
FROM arrived
