-- run_attempts: each attempt at a deployment to production that is a run of a workflow, by the jobs that deploy.
-- A run is one attempt: its tries that succeeded, else its last one. Each try has the latest job of each name until then.
-- It succeeded if each of these succeeded or was skipped and at least one succeeded; it is no attempt if all were skipped;
-- it was cancelled if one was; else it failed. If it is not known which jobs deploy (is_whole), all jobs of a try count: it
-- failed if one did, and succeeded if none was cancelled or rejected. A copied job has the outcome of when it ran.
WITH jobs AS (
  SELECT
    j.host, j.repository_key, COALESCE(CAST(j.run_id AS VARCHAR), j.head_sha) AS run, j.run_id,
    COALESCE(j.run_attempt, 1) AS attempt, j.id, COALESCE(j.name, '') AS name, j.head_sha, j.started_at,
    j.completed_at, j.conclusion, j.run_event, j.has_new_fields, j.workflow_name,
    j.head_branch, j.record_id, j.path, d.is_whole
  FROM job_runs AS j
  JOIN deploying_jobs AS d
    ON d.host = j.host AND d.repository_key = j.repository_key AND d.workflow_name = j.workflow_name
    AND d.head_branch = j.head_branch AND d.name IS NOT DISTINCT FROM j.name
  WHERE COALESCE(j.has_run, TRUE)
),
-- a run has one event, which older records of its jobs do not name
run_events AS (
  SELECT
    host, repository_key, run, run_event,
    ROW_NUMBER() OVER (PARTITION BY host, repository_key, run ORDER BY attempt NULLS FIRST, id NULLS FIRST) AS nth
  FROM jobs WHERE run_event IS NOT NULL
),
tries AS (
  SELECT DISTINCT host, repository_key, run, attempt AS number FROM jobs
),
candidates AS (
  SELECT
    j.*, t.number,
    ROW_NUMBER() OVER (
      PARTITION BY j.host, j.repository_key, j.run, t.number, j.name, CASE WHEN j.is_whole THEN j.id END
      ORDER BY j.attempt DESC NULLS LAST, j.id DESC NULLS LAST
    ) AS newest
  FROM tries AS t
  JOIN jobs AS j
    ON j.host = t.host AND j.repository_key = t.repository_key AND j.run = t.run
    AND (j.attempt = t.number OR (NOT j.is_whole AND j.attempt < t.number))
),
latest AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, run, number
      ORDER BY
        CASE WHEN conclusion = 'skipped' THEN 1 ELSE 0 END, completed_at DESC NULLS LAST, id DESC NULLS LAST
    ) AS end_rank
  FROM candidates WHERE newest = 1
),
outcomes AS (
  SELECT
    host, repository_key, run, number, MAX(run_id) AS run_id, MAX(CASE WHEN is_whole THEN 1 ELSE 0 END) AS is_whole,
    COUNT(*) AS job_count, COUNT(CASE WHEN conclusion = 'success' THEN 1 END) AS successes,
    COUNT(CASE WHEN conclusion = 'skipped' THEN 1 END) AS skips,
    COUNT(CASE WHEN conclusion = 'neutral' THEN 1 END) AS neutrals,
    COUNT(CASE WHEN conclusion = 'cancelled' THEN 1 END) AS cancellations,
    COUNT(CASE WHEN conclusion IN ('failure', 'timed_out') THEN 1 END) AS failures,
    MIN(CASE WHEN attempt = number AND COALESCE(conclusion, '') <> 'skipped' THEN started_at END) AS began_at,
    MAX(workflow_name) AS workflow_name, MAX(head_branch) AS head_branch,
    MIN(CASE WHEN has_new_fields THEN 1 ELSE 0 END) AS has_new_fields
  FROM latest
  GROUP BY host, repository_key, run, number
),
run_records AS (
  SELECT host, id, MAX(event) AS event FROM workflow_run
  GROUP BY host, id
),
judged AS (
  SELECT
    o.*, COALESCE(v.run_event, e.event) AS event, r.conclusion IS NOT NULL AS is_run_known,
    CASE
      WHEN o.is_whole = 1 AND o.failures > 0 AND COALESCE(r.conclusion, '') <> 'cancelled' THEN 'failed'
      WHEN o.is_whole = 1 AND o.failures + o.cancellations > 0 THEN 'cancelled'
      WHEN o.is_whole = 1 AND o.successes > 0 AND o.successes + o.skips + o.neutrals = o.job_count THEN 'success'
      WHEN o.is_whole = 1 OR o.skips = o.job_count THEN NULL
      WHEN o.successes + o.skips = o.job_count THEN 'success'
      WHEN o.cancellations > 0 OR COALESCE(r.conclusion, '') = 'cancelled' THEN 'cancelled'
      ELSE 'failed'
    END AS state
  FROM outcomes AS o
  LEFT JOIN run_events AS v
    ON v.host = o.host AND v.repository_key = o.repository_key AND v.run = o.run AND v.nth = 1
  LEFT JOIN run_records AS e ON e.host = o.host AND e.id = o.run_id
  LEFT JOIN workflow_run AS r ON r.host = o.host AND r.id = o.run_id AND r.run_attempt = o.number
),
chosen AS (
  SELECT
    *,
    MAX(CASE WHEN state = 'success' THEN 1 ELSE 0 END) OVER (PARTITION BY host, repository_key, run) AS run_succeeded,
    MAX(number) OVER (PARTITION BY host, repository_key, run) AS last_number
  FROM judged WHERE state IS NOT NULL
)
SELECT
  t.host, t.repository_key, 'production' AS environment, 'workflow' AS kind, CAST(l.id AS BIGINT) AS ordinal,
  t.run || '#' || CAST(t.number AS VARCHAR) AS deployment, l.head_sha AS sha,
  CASE WHEN t.state = 'success' THEN l.completed_at END AS deployed_at,
  COALESCE(t.began_at, l.completed_at) AS changes_until,
  CASE WHEN t.state = 'failed' THEN l.completed_at END AS failed_at,
  CASE WHEN t.state = 'cancelled' THEN l.completed_at END AS cancelled_at, l.record_id, l.path,
  CASE
    WHEN t.is_run_known THEN 'known'
    WHEN t.has_new_fields = 1 THEN 'inferred'
    ELSE 'unknown'
  END AS failure_certainty,
  t.run, t.event = 'schedule' AS is_scheduled, t.began_at IS NOT NULL AS is_begin_known,
  COALESCE(x.is_excluded, FALSE) AS is_excluded, CASE WHEN x.record_id IS NULL THEN TRUE END AS is_counted,
  t.workflow_name, t.head_branch AS ref
FROM chosen AS t
JOIN latest AS l
  ON l.host = t.host AND l.repository_key = t.repository_key AND l.run = t.run AND l.number = t.number
  AND l.end_rank = 1
LEFT JOIN excluded_records AS x ON x.host = l.host AND x.record_id = l.record_id
WHERE l.completed_at IS NOT NULL AND (t.state = 'success' OR (t.run_succeeded = 0 AND t.number = t.last_number))
