-- title: Pull request lead time
-- unit: duration
-- statistic: mean
-- better: lower
-- source:
-- definition: From a pull request's oldest commit to the deployment that took it to production.
--
-- One row per pull request and environment, at the deployment that brought it first as a whole. A mean, as its five stages are:
-- these add up to it.
SELECT
  host, repository_key, environment, deployed_at AS happened_at, identity AS item,
  CASE
    WHEN is_known THEN CAST(DATE_DIFF('millisecond', started_at, deployed_at) AS DOUBLE)
  END AS value,
  CASE WHEN NOT is_known THEN 'its start is not known' END AS why,
  record_id, path, CASE WHEN is_known THEN certainty ELSE 'unknown' END AS certainty,
  author_kind, assisted, deployment, sha, number, code_key
FROM pull_request_stages
