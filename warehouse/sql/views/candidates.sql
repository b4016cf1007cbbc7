-- candidates: each success and each failed attempt with the time at which it began; an incident or a remediation that names
-- nothing is about the newest one before it. A rollback, and what brings only its own remediation, is none.
-- is_certain: it is known to be a candidate. is_begin_known: false if only the creation of the deployment is known.
-- A deployment begins when its job started, else at its status in_progress, else at its creation; a merge when merged, a
-- release when published, a run with its first job. environment_name: without the part of a repository.
WITH begins AS (
  SELECT
    s.host, s.repository_key, CAST(s.deployment_id AS VARCHAR) AS deployment,
    MAX(COALESCE(j.started_at, s.in_progress_at)) AS started_at, MIN(s.deployment_created_at) AS created_at
  FROM deployment_status AS s
  LEFT JOIN workflow_job AS j ON j.host = s.host AND j.repository_key = s.repository_key AND j.id = s.check_run.id
  GROUP BY s.host, s.repository_key, CAST(s.deployment_id AS VARCHAR)
),
ended AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.ordinal, d.kind, d.changes_until,
    d.deployed_at AS ended_at, d.is_rollback, o.is_known AS is_only_remediation
  FROM deployments AS d
  LEFT JOIN only_remediations AS o
    ON o.host = d.host AND o.repository_key = d.repository_key AND o.environment = d.environment
    AND o.deployment = d.deployment
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, CAST(NULL AS BIGINT) AS deployment_number, ordinal, kind,
    changes_until, failed_at AS ended_at, FALSE AS is_rollback, CAST(NULL AS BOOLEAN) AS is_only_remediation
  FROM attempts WHERE deployed_at IS NULL AND failed_at IS NOT NULL
)
SELECT
  e.host, e.repository_key, e.environment, e.deployment, e.deployment_number, e.ordinal, e.ended_at, s.service,
  s.name AS environment_name, c.failure_hours, c.hotfix_hours,
  CASE
    WHEN e.kind = 'statuses' THEN COALESCE(b.started_at, b.created_at, e.ended_at)
    ELSE COALESCE(e.changes_until, e.ended_at)
  END AS began_at,
  e.kind <> 'statuses' OR b.started_at IS NOT NULL AS is_begin_known,
  e.is_rollback IS NOT NULL AND e.is_only_remediation IS NULL AS is_certain
FROM ended AS e
JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key
JOIN service_environments AS s
  ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment
LEFT JOIN begins AS b
  ON b.host = e.host AND b.repository_key = e.repository_key AND b.deployment = e.deployment
WHERE NOT COALESCE(e.is_rollback, FALSE) AND NOT COALESCE(e.is_only_remediation, FALSE)
