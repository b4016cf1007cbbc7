-- passed_exclusions: each deployment of a commit that was not there, of an environment with excluded deployments, with what
-- it takes over from these. excluded_before: how many came since the deployment before. The commits that excluded ones list
-- wait in their order (excluded_commits.position). A deployment whose commit is among those that wait (is_among) takes them
-- up to it, any other one takes all: those after taken_after, up to taken_until. is_among is null, and so is what later
-- ones take, if the steps below do not find it. has_unknown_list, has_cut_list: what excluded ones brought that it may take
-- is not known, or more than GitHub lists. Of those since the deployment before, may_be_behind: one may have gone back;
-- is_complete: GitHub lists all that they brought.
WITH places AS (
  SELECT DISTINCT host, repository_key, environment FROM part_attempts
  WHERE is_excluded AND kind = 'statuses' AND deployed_at IS NOT NULL
),
last_positions AS (
  SELECT host, repository_key, environment, record_id, MAX(position) AS last_position FROM excluded_commits
  GROUP BY host, repository_key, environment, record_id
),
happened AS (
  SELECT
    s.host, s.repository_key, s.environment, s.deployment, s.deployment_number, s.sha, s.deployed_at, s.ordinal,
    0 AS is_excluded, CAST(NULL AS BIGINT) AS last_position, 0 AS may_be_behind, 0 AS is_unknown, 0 AS is_cut
  FROM successes AS s
  JOIN places AS p
    ON p.host = s.host AND p.repository_key = s.repository_key AND p.environment = s.environment
  WHERE s.kind = 'statuses' AND NOT s.is_again
  UNION ALL
  SELECT
    e.host, e.repository_key, e.environment, e.deployment, CAST(NULL AS BIGINT) AS deployment_number, e.sha,
    e.deployed_at, e.ordinal, 1 AS is_excluded, l.last_position,
    CASE WHEN e.is_rollback = FALSE THEN 0 ELSE 1 END AS may_be_behind,
    CASE WHEN s.changes IS NULL AND COALESCE(e.is_rollback, FALSE) = FALSE THEN 1 ELSE 0 END AS is_unknown,
    CASE WHEN s.changes.truncated AND COALESCE(e.is_rollback, FALSE) = FALSE THEN 1 ELSE 0 END AS is_cut
  FROM part_attempts AS e
  JOIN deployment_status AS s ON s.host = e.host AND s.record_id = e.record_id
  LEFT JOIN last_positions AS l
    ON l.host = e.host AND l.repository_key = e.repository_key AND l.environment = e.environment
    AND l.record_id = e.record_id
  WHERE e.is_excluded AND e.kind = 'statuses' AND e.deployed_at IS NOT NULL
),
ordered AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment
      ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST, is_excluded DESC NULLS LAST
    ) AS nth,
    COALESCE(SUM(1 - is_excluded) OVER (
      PARTITION BY host, repository_key, environment
      ORDER BY deployed_at NULLS FIRST, ordinal NULLS FIRST, is_excluded DESC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS arrivals_before
  FROM happened
),
between_arrivals AS (
  SELECT
    *,
    COALESCE(MAX(last_position) OVER (
      PARTITION BY host, repository_key, environment ORDER BY nth NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ), 0) AS end_position,
    SUM(is_excluded) OVER (PARTITION BY host, repository_key, environment, arrivals_before) AS excluded_before,
    MAX(may_be_behind) OVER (PARTITION BY host, repository_key, environment, arrivals_before) AS any_behind,
    MAX(is_unknown) OVER (PARTITION BY host, repository_key, environment, arrivals_before) AS any_unknown,
    MAX(is_cut) OVER (PARTITION BY host, repository_key, environment, arrivals_before) AS any_cut
  FROM ordered
),
-- a commit may be listed several times; which of them waits depends on what the deployments before have taken. Each step
-- finds a place from what those took at least, by the step before: it is right where a further step finds the same.
found AS (
  SELECT
    a.*, c.position,
    COALESCE(MIN(c.position) OVER (PARTITION BY a.host, a.repository_key, a.environment, a.nth), a.end_position)
      AS taken_0
  FROM between_arrivals AS a
  LEFT JOIN excluded_commits AS c
    ON c.host = a.host AND c.repository_key = a.repository_key AND c.environment = a.environment AND c.sha = a.sha
    AND c.position <= a.end_position
  WHERE a.is_excluded = 0
),
after_0 AS (
  SELECT *, COALESCE(MAX(taken_0) OVER (
    PARTITION BY host, repository_key, environment ORDER BY nth NULLS FIRST
    RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ), 0) AS before_0
  FROM found
),
step_1 AS (
  SELECT *, COALESCE(MIN(CASE WHEN position > before_0 THEN position END) OVER (
    PARTITION BY host, repository_key, environment, nth
  ), end_position) AS taken_1
  FROM after_0
),
after_1 AS (
  SELECT *, COALESCE(MAX(taken_1) OVER (
    PARTITION BY host, repository_key, environment ORDER BY nth NULLS FIRST
    RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ), 0) AS before_1
  FROM step_1
),
step_2 AS (
  SELECT *, COALESCE(MIN(CASE WHEN position > before_1 THEN position END) OVER (
    PARTITION BY host, repository_key, environment, nth
  ), end_position) AS taken_2
  FROM after_1
),
after_2 AS (
  SELECT *, COALESCE(MAX(taken_2) OVER (
    PARTITION BY host, repository_key, environment ORDER BY nth NULLS FIRST
    RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ), 0) AS before_2
  FROM step_2
),
step_3 AS (
  SELECT *, MIN(CASE WHEN position > before_2 THEN position END) OVER (
    PARTITION BY host, repository_key, environment, nth
  ) AS place
  FROM after_2
),
settled AS (
  SELECT
    *,
    MIN(CASE WHEN taken_2 = COALESCE(place, end_position) THEN 1 ELSE 0 END) OVER (
      PARTITION BY host, repository_key, environment ORDER BY nth NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) = 1 AS is_settled,
    ROW_NUMBER() OVER (PARTITION BY host, repository_key, environment, nth ORDER BY position NULLS FIRST) AS nth_position
  FROM step_3
),
-- what is not known of excluded ones concerns all that take from them, up to the one that takes the rest
single AS (
  SELECT *, COALESCE(SUM(CASE WHEN place IS NULL THEN 1 ELSE 0 END) OVER (
    PARTITION BY host, repository_key, environment ORDER BY nth NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ), 0) AS emptied_before
  FROM settled WHERE nth_position = 1
)
SELECT
  host, repository_key, environment, deployment, deployment_number, CAST(excluded_before AS BIGINT) AS excluded_before,
  any_behind = 1 AS may_be_behind, any_unknown = 0 AND any_cut = 0 AS is_complete, CASE WHEN is_settled THEN place IS NOT NULL END AS is_among,
  CASE WHEN is_settled THEN before_2 END AS taken_after,
  CASE WHEN is_settled THEN COALESCE(place, end_position) END AS taken_until,
  MAX(any_unknown) OVER (
    PARTITION BY host, repository_key, environment, emptied_before ORDER BY nth NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) = 1 AS has_unknown_list,
  MAX(any_cut) OVER (
    PARTITION BY host, repository_key, environment, emptied_before ORDER BY nth NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) = 1 AS has_cut_list
FROM single
