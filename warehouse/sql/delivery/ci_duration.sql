-- title: CI duration
-- unit: duration
-- statistic: median
-- better: lower
-- source:
-- definition: From the start of the first to the end of the last job of an attempt at a workflow's run, without the time in which none was queued or ran and one waited for an approval.
--
-- One row per attempt in which a job succeeded or failed; skipped jobs and copies of earlier attempts' jobs did not run.
-- value: ms, or null if a time is unknown or out of order, or whether a job is a copy, or if it depends on a wait that is
-- not known. A job waits first, then it is queued, then it runs.
WITH jobs AS (
  SELECT
    host, repository_key, COALESCE(workflow_name, 'workflow') AS workflow,
    COALESCE(CAST(run_id AS VARCHAR), head_sha, CAST(id AS VARCHAR)) AS run, COALESCE(run_attempt, 1) AS attempt, id,
    started_at, completed_at, conclusion, has_run, record_id, path, wait, run_id, head_sha,
    CASE WHEN created_at < started_at THEN created_at ELSE started_at END AS created_at
  FROM job_runs WHERE (conclusion IS NULL OR conclusion <> 'skipped') AND COALESCE(has_run, TRUE)
),
runs AS (
  SELECT
    *,
    MIN(started_at) OVER (PARTITION BY host, repository_key, workflow, run, attempt) AS began_at,
    COUNT(*) OVER (PARTITION BY host, repository_key, workflow, run, attempt) AS job_count,
    COUNT(CASE WHEN started_at <= completed_at THEN 1 END) OVER (
      PARTITION BY host, repository_key, workflow, run, attempt
    ) AS timed_jobs,
    COUNT(has_run) OVER (PARTITION BY host, repository_key, workflow, run, attempt) AS decided_jobs,
    COUNT(CASE WHEN conclusion IN ('success', 'failure', 'timed_out') THEN 1 END) OVER (
      PARTITION BY host, repository_key, workflow, run, attempt
    ) AS finished_jobs,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, workflow, run, attempt
      ORDER BY completed_at DESC NULLS LAST, id DESC NULLS LAST
    ) AS nth
  FROM jobs
),
-- the runs in which a job may have waited after the first one had started; times are ms after that
waiting AS (
  SELECT DISTINCT host, repository_key, workflow, run, attempt FROM runs
  WHERE COALESCE(wait, 1) > 0 AND created_at < started_at AND started_at > began_at
),
-- each of their jobs twice: as if a wait that is not known were none (0), and as long as it can be (1)
spans AS (
  SELECT
    r.host, r.repository_key, r.workflow, r.run, r.attempt, r.id, v.longest,
    DATE_DIFF('millisecond', r.began_at, r.created_at) AS created,
    DATE_DIFF('millisecond', r.began_at, r.completed_at) AS completed,
    CASE
      WHEN r.wait <= DATE_DIFF('millisecond', r.created_at, r.started_at) THEN r.wait
      WHEN r.wait IS NULL AND v.longest = 0 THEN 0
      ELSE DATE_DIFF('millisecond', r.created_at, r.started_at)
    END AS waited
  FROM runs AS r
  JOIN waiting AS w
    ON w.host = r.host AND w.repository_key = r.repository_key AND w.workflow = r.workflow AND w.run = r.run
    AND w.attempt = r.attempt
  CROSS JOIN (SELECT 0 AS longest UNION ALL SELECT 1 AS longest) AS v
),
points AS (
  SELECT host, repository_key, workflow, run, attempt, longest, created AS point FROM spans WHERE created > 0
  UNION
  SELECT host, repository_key, workflow, run, attempt, longest, created + waited AS point FROM spans
  WHERE created + waited > 0
  UNION
  SELECT host, repository_key, workflow, run, attempt, longest, completed AS point FROM spans
  UNION
  SELECT host, repository_key, workflow, run, attempt, longest, 0 AS point FROM spans
),
segments AS (
  SELECT
    *, LEAD(point) OVER (PARTITION BY host, repository_key, workflow, run, attempt, longest ORDER BY point NULLS FIRST)
      AS next_point
  FROM points
),
idle AS (
  SELECT
    g.host, g.repository_key, g.workflow, g.run, g.attempt, g.longest, g.point, g.next_point,
    MAX(CASE WHEN s.created + s.waited <= g.point AND s.completed >= g.next_point THEN 1 ELSE 0 END) AS is_busy,
    MAX(CASE WHEN s.created <= g.point AND s.created + s.waited >= g.next_point THEN 1 ELSE 0 END) AS is_waiting
  FROM segments AS g
  JOIN spans AS s
    ON s.host = g.host AND s.repository_key = g.repository_key AND s.workflow = g.workflow AND s.run = g.run
    AND s.attempt = g.attempt AND s.longest = g.longest
  WHERE g.next_point IS NOT NULL
  GROUP BY g.host, g.repository_key, g.workflow, g.run, g.attempt, g.longest, g.point, g.next_point
),
waits AS (
  SELECT
    host, repository_key, workflow, run, attempt,
    SUM(CASE WHEN longest = 0 THEN next_point - point ELSE 0 END) AS least,
    SUM(CASE WHEN longest = 1 THEN next_point - point ELSE 0 END) AS most
  FROM idle WHERE is_busy = 0 AND is_waiting = 1
  GROUP BY host, repository_key, workflow, run, attempt
)
SELECT
  r.host, r.repository_key, '' AS environment, r.completed_at AS happened_at,
  r.workflow || ' ' || r.run || '#' || CAST(r.attempt AS VARCHAR) AS item,
  CASE
    WHEN r.timed_jobs = r.job_count AND r.decided_jobs = r.job_count AND COALESCE(w.least, 0) = COALESCE(w.most, 0)
    THEN CAST(DATE_DIFF('millisecond', r.began_at, r.completed_at) - COALESCE(w.least, 0) AS DOUBLE)
  END AS value,
  CASE
    WHEN r.timed_jobs < r.job_count THEN 'times of its jobs are not known, or out of order'
    WHEN r.decided_jobs < r.job_count THEN 'whether a job ran again or is a copy is not known'
    WHEN w.least <> w.most THEN 'whether it waited for an approval is not known'
  END AS why,
  r.record_id, r.path, r.head_sha AS sha, CAST(r.run_id AS VARCHAR) AS run
FROM runs AS r
LEFT JOIN waits AS w
  ON w.host = r.host AND w.repository_key = r.repository_key AND w.workflow = r.workflow AND w.run = r.run
  AND w.attempt = r.attempt
WHERE r.nth = 1 AND r.finished_jobs > 0
