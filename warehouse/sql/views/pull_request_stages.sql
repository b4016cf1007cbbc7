-- pull_request_stages: each pull request that a deployment brought first as a whole, with the times at which its stages ended, in
-- their order: its oldest commit was written (started_at), it was ready for review, it got the first review by a person, its last
-- approval, it was merged, it was deployed. A missing or earlier bound ends its stage at once, and the next stage takes the
-- time. is_known: false if the start is not known. has_timeline: whether the bounds of the review are known. certainty: inferred if
-- it is not known which of its commits are merges.
WITH whole AS (
  SELECT host, repository_key, environment, deployment_number, identity FROM deployed_pull_requests
  UNION
  SELECT c.host, c.repository_key, c.environment, c.deployment_number, c.pull_request AS identity
  FROM change_starts AS c
  JOIN pull_requests AS p ON p.host = c.host AND p.repository_key = c.repository_key AND p.identity = c.pull_request
  JOIN listed_changes AS l
    ON l.host = c.host AND l.repository_key = c.repository_key AND l.environment = c.environment
    AND l.deployment_number = c.deployment_number AND l.sha = p.merge_commit_sha
  WHERE NOT c.is_unlinked
),
arrived AS (
  SELECT host, repository_key, environment, identity, MIN(deployment_number) AS deployment_number FROM whole
  GROUP BY host, repository_key, environment, identity
),
commit_times AS (
  SELECT
    host, repository_key, identity, MIN(CASE WHEN COALESCE(parents, 1) < 2 THEN written_at END) AS started_at,
    COUNT(*) AS listed_commits, COUNT(parents) AS judged_commits
  FROM pull_request_commits
  GROUP BY host, repository_key, identity
),
bounds AS (
  SELECT
    a.host, a.repository_key, a.environment, a.identity, d.deployment, d.deployed_at, p.record_id, p.path, t.started_at,
    p.author_kind, p.assisted, p.merge_commit_sha AS sha, p.number,
    CASE WHEN p.own_key <> p.repository_key THEN p.own_key END AS code_key,
    COALESCE(
      t.started_at <= d.deployed_at AND p.commits <= t.listed_commits AND d.is_counted IS NOT NULL, FALSE
    ) AS is_known,
    CASE WHEN t.judged_commits = t.listed_commits THEN 'known' ELSE 'inferred' END AS certainty,
    r.timeline IS NOT NULL AS has_timeline, COALESCE(r.timeline.first_ready_at, p.created_at) AS ready_at,
    r.timeline.first_review_at AS reviewed_at, r.timeline.last_approval_at AS approved_at, p.merged_at
  FROM arrived AS a
  JOIN deployments AS d
    ON d.host = a.host AND d.repository_key = a.repository_key AND d.environment = a.environment
    AND d.deployment_number = a.deployment_number
  JOIN pull_requests AS p ON p.host = a.host AND p.repository_key = a.repository_key AND p.identity = a.identity
  JOIN code_review_involvement AS r ON r.host = p.host AND r.repository_key = p.own_key AND r.identity = p.identity
  LEFT JOIN commit_times AS t
    ON t.host = a.host AND t.repository_key = a.repository_key AND t.identity = a.identity
),
coded AS (
  SELECT *, GREATEST(started_at, LEAST(COALESCE(ready_at, started_at), deployed_at)) AS coded_until FROM bounds
),
waited AS (
  SELECT *, GREATEST(coded_until, LEAST(COALESCE(reviewed_at, coded_until), deployed_at)) AS waited_until FROM coded
),
reviewed AS (
  SELECT *, GREATEST(waited_until, LEAST(COALESCE(approved_at, waited_until), deployed_at)) AS reviewed_until FROM waited
)
SELECT
  host, repository_key, environment, identity, deployment, deployed_at, record_id, path, is_known, certainty, has_timeline,
  started_at, coded_until, waited_until, reviewed_until,
  CASE
    WHEN has_timeline THEN GREATEST(reviewed_until, LEAST(merged_at, deployed_at))
    ELSE GREATEST(started_at, LEAST(merged_at, deployed_at))
  END AS merged_until,
  author_kind, assisted, sha, number, code_key
FROM reviewed
