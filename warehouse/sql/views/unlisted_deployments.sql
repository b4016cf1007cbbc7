-- unlisted_deployments: each deployment of which it is not known what it brings (why), or not all of it. is_first: there is
-- no deployment before it that the records know. What goes back brings nothing, and is none of these.
WITH judged AS (
  SELECT
    host, repository_key, environment, deployment, deployment_number, deployed_at, record_id, path, missing AS why, is_first
  FROM deployments
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, deployment_number, deployed_at, record_id, path,
    CASE
      WHEN NOT is_line_known THEN 'which release came before it in the repository is not known'
      WHEN since_at IS NULL THEN 'first deployment: there is nothing to compare with'
      WHEN merge_branch IS NULL THEN 'the branch of its releases is not configured'
    END AS why,
    is_line_known AND since_at IS NULL AS is_first
  FROM merge_deployments WHERE NOT is_listed
)
SELECT * FROM judged WHERE why IS NOT NULL
