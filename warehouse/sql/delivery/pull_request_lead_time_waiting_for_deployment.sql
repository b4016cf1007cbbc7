-- title: Pull requests: waiting for deployment
-- unit: duration
-- statistic: mean
-- better: lower
-- source:
-- definition: The part of the pull request lead time from the merge until the deployment.
--
-- One row per pull request and environment. A missing or earlier end makes a stage of zero, and the next stage takes the time.
SELECT
  host, repository_key, environment, deployed_at AS happened_at, identity AS item,
  CASE
    WHEN is_known THEN CAST(DATE_DIFF('millisecond', merged_until, deployed_at) AS DOUBLE)
  END AS value,
  CASE WHEN NOT is_known THEN 'its start is not known' END AS why,
  record_id, path, CASE WHEN is_known THEN certainty ELSE 'unknown' END AS certainty,
  author_kind, assisted, deployment, sha, number, code_key
FROM pull_request_stages
