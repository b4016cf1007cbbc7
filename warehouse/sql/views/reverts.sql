-- reverts: each revert that a deployment took to production, and the deployment that it marks as failed: the first one
-- that brought what it names, however old. deployment is null if that is unknown: the revert names nothing, or its record
-- is of schema 1. A revert of what the same deployment brings is omitted, because that never was in production.
SELECT
  host, repository_key, environment, sha, deployment, fixed_by, deployed_at, written_at, record_id, path,
  suspected_deployment
FROM remediation_targets WHERE kind = 'revert'
