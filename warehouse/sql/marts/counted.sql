-- counted: how many deployments count since the first of the periods, by what started and made them: for suggestions of `exclude`.
WITH deployed AS (
  SELECT DISTINCT
    c.name AS repository, a.kind, COALESCE(a.is_scheduled, FALSE) AS is_scheduled,
    COALESCE(a.workflow_name, '') AS workflow, COALESCE(s.check_run.name, '') AS job, a.name, a.deployment
  FROM part_attempts AS a
  JOIN catalog AS c ON c.host = a.host AND c.repository_key = a.repository_key
  LEFT JOIN deployment_status AS s ON s.host = a.host AND s.record_id = a.record_id
  WHERE
    NOT a.is_excluded AND a.is_counted AND a.kind IN ('statuses', 'workflow')
    AND a.deployed_at >= (SELECT MIN(starts_at) FROM periods)
)
SELECT repository, kind, is_scheduled, workflow, job, COUNT(*) AS deployments
FROM deployed
GROUP BY repository, kind, is_scheduled, workflow, job
