-- remediation_names: each remediation sign with the number of the deployment that brought first what it names
-- (target_number; null: none did). In this order it names a commit by its own message or its pull request's, and a pull request.
-- is_named: it names something. A revert of what the same deployment brings is no remediation, and is omitted.
WITH named AS (
  SELECT
    s.*, COALESCE(w.sha, s.reverts_sha) AS whole_sha, COALESCE(v.sha, s.reverts_sha_too) AS whole_sha_too,
    COALESCE(s.reverts_sha, s.reverts_sha_too) IS NOT NULL
      OR COALESCE(s.reverts_number, s.reverts_number_too) IS NOT NULL AS is_named
  FROM remediation_signs AS s
  LEFT JOIN reverted_names AS w
    ON w.host = s.host AND w.repository_key = s.repository_key AND w.name = s.reverts_sha
  LEFT JOIN reverted_names AS v
    ON v.host = s.host AND v.repository_key = s.repository_key AND v.name = s.reverts_sha_too
),
found AS (
  SELECT
    n.*, COALESCE(a.deployment_number, b.deployment_number, c.deployment_number, d.deployment_number) AS target_number
  FROM named AS n
  LEFT JOIN brought_names AS a
    ON a.host = n.host AND a.repository_key = n.repository_key AND a.environment = n.environment AND a.kind = 'sha'
    AND a.name = n.whole_sha
  LEFT JOIN brought_names AS b
    ON b.host = n.host AND b.repository_key = n.repository_key AND b.environment = n.environment AND b.kind = 'sha'
    AND b.name = n.whole_sha_too
  LEFT JOIN brought_names AS c
    ON c.host = n.host AND c.repository_key = n.repository_key AND c.environment = n.environment
    AND c.kind = 'number' AND c.name = n.repository_key || '#' || CAST(n.reverts_number AS VARCHAR)
  LEFT JOIN brought_names AS d
    ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
    AND d.kind = 'number' AND d.name = n.own_key || '#' || CAST(n.reverts_number_too AS VARCHAR)
)
SELECT
  host, repository_key, environment, deployment, deployment_number, deployed_at, sha, identity, kind, doubt, is_named,
  written_at, target_number, record_id, path
FROM found
WHERE target_number IS NULL OR target_number < deployment_number
