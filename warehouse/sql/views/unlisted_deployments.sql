-- unlisted_deployments: each deployment of which it is not known what it brings (why), or not all of it. is_first: there is
-- no deployment before it that the records know. What goes back brings nothing, and is none of these.
SELECT
  d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at, d.record_id, d.path, b.why,
  b.why = 'first deployment: there is nothing to compare with' AS is_first
FROM deployments AS d
JOIN brought_changes AS b
  ON b.host = d.host AND b.repository_key = d.repository_key AND b.environment = d.environment
  AND b.deployment = d.deployment AND b.change = 'of ' || d.deployment
WHERE NOT d.is_again AND NOT COALESCE(d.is_rollback, FALSE)
