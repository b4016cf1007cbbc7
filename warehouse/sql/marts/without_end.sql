-- without_end: the environments of production with deployments that got no final status within a day (report_time.may_run_since).
-- Ids of deployments are unique at a host; an old record may know its repository by name alone.
WITH statuses AS (
  SELECT DISTINCT host, deployment_id FROM deployment_status
),
requests AS (
  SELECT
    c.name AS repository, e.environment, COUNT(CASE WHEN s.deployment_id IS NULL THEN 1 END) AS without_end,
    COUNT(*) AS requested
  FROM deployment AS d
  JOIN catalog AS c ON c.host = d.host AND c.repository_key = d.repository_key
  JOIN environments AS e
    ON e.host = d.host AND e.repository_key = d.repository_key AND e.name = d.env
    AND e.production_environment IS NOT DISTINCT FROM d.production_environment
    AND e.transient_environment IS NOT DISTINCT FROM d.transient_environment
  LEFT JOIN statuses AS s ON s.host = d.host AND s.deployment_id = d.id
  WHERE
    c.deployments = 'statuses' AND e.is_production AND d.id IS NOT NULL
    AND d.deploy_time >= (SELECT MIN(starts_at) FROM periods)
    AND d.deploy_time < (SELECT MIN(may_run_since) FROM report_time)
  GROUP BY c.name, e.environment
)
SELECT repository, environment, without_end, requested FROM requests WHERE without_end > 0
