-- title: Time since the last deployment
-- unit: duration
-- statistic: median
-- better: lower
-- source:
-- definition: From the creation of one deployment to production to that of the next, whether they succeed or not.
--
-- One row per deployment. value: ms, or null for the first of its environment, or if GitHub could not be read.
SELECT
  d.host, d.repository_key, e.environment, d.deploy_time AS happened_at,
  COALESCE(CAST(d.id AS VARCHAR), d.record_id) AS item,
  CAST(d.environment_deployments.time_since_last_deploy AS DOUBLE) AS value,
  CASE
    WHEN d.environment_deployments IS NULL THEN 'the previous deployment is not known'
    WHEN d.environment_deployments.time_since_last_deploy IS NULL THEN 'first deployment of its environment'
  END AS why,
  d.record_id, d.path, CAST(d.id AS VARCHAR) AS deployment, d.sha, CAST(d.workflow_run.id AS VARCHAR) AS run
FROM deployment AS d
JOIN environments AS e
  ON e.host = d.host AND e.repository_key = d.repository_key AND e.name = d.env
  AND e.production_environment IS NOT DISTINCT FROM d.production_environment
  AND e.transient_environment IS NOT DISTINCT FROM d.transient_environment
WHERE e.is_production
