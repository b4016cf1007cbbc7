-- title: Review latency
-- unit: duration
-- statistic: median
-- better: lower
-- source:
-- definition: From a pull request's opening to its first review by a person.
--
-- One row per merged pull request. value: ms, or null if no review by a person is known. GitHub also reports a reply to
-- a review comment as a review, so an author who comments on their own pull request counts as a person here.
WITH first_reviews AS (
  SELECT host, repository_key, pr_id, MIN(submitted_at) AS submitted_at FROM review
  WHERE NOT COALESCE(is_bot, FALSE) AND submitted_at IS NOT NULL
  GROUP BY host, repository_key, pr_id
)
SELECT
  p.host, p.repository_key, '' AS environment, p.merged_at AS happened_at, CAST(p.pr_id AS VARCHAR) AS item,
  CASE
    WHEN r.submitted_at >= p.created_at THEN CAST(DATE_DIFF('millisecond', p.created_at, r.submitted_at) AS DOUBLE)
  END AS value,
  CASE
    WHEN r.submitted_at IS NULL THEN 'no review by a person is known'
    WHEN p.created_at IS NULL THEN 'its time is not known'
    WHEN r.submitted_at < p.created_at THEN 'reviewed before it was opened'
  END AS why,
  p.record_id, p.path,
  p.author_kind, p.assisted, p.merge_commit_sha AS sha, p.number
FROM pull_requests AS p
LEFT JOIN first_reviews AS r ON r.host = p.host AND r.repository_key = p.repository_key AND r.pr_id = p.pr_id
WHERE p.own_key = p.repository_key
