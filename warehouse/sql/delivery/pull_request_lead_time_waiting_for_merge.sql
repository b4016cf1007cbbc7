-- title: Pull requests: waiting for merge
-- unit: duration
-- statistic: mean
-- better: lower
-- source:
-- definition: The part of the pull request lead time from the last approval until the merge.
--
-- One row per pull request and environment. A missing or earlier end makes a stage of zero, and the next stage takes the time.
SELECT
  host, repository_key, environment, deployed_at AS happened_at, identity AS item,
  CASE
    WHEN is_known AND has_timeline THEN CAST(DATE_DIFF('millisecond', reviewed_until, merged_until) AS DOUBLE)
  END AS value,
  CASE
    WHEN NOT is_known THEN 'its start is not known'
    WHEN NOT has_timeline THEN 'the timeline of its review is not known'
  END AS why,
  record_id, path, CASE WHEN is_known AND has_timeline THEN certainty ELSE 'unknown' END AS certainty,
  author_kind, assisted, deployment, sha, number, code_key
FROM pull_request_stages
