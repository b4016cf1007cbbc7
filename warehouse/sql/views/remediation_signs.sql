-- remediation_signs: each commit and pull request that a deployment brings first and that is, or may be, a revert or a
-- hotfix. doubt: 0 if it is known to be one, 1 if that is inferred, 2 if unknown: records of schema 1 do not have the first
-- line's kind. There the title of a squash's pull request decides, and a commit that names what it reverts is one (inferred).
-- A revert's first line begins with an odd number of nested reverts; an even number is planned work (listed_reverts). Of a
-- squash count its own first line and its pull request's title. own_key: the repository of the pull request and its numbers.
WITH oldest_commits AS (
  SELECT host, repository_key, identity, MIN(written_at) AS written_at FROM pull_request_commits
  WHERE COALESCE(parents, 1) < 2
  GROUP BY host, repository_key, identity
),
pulls AS (
  SELECT
    p.host, p.repository_key, p.identity, p.number, p.merge_commit_sha, p.is_revert, p.revert_depth, p.reverts_sha,
    p.reverts_number, p.has_texts, p.own_key, p.record_id, p.path, COALESCE(w.written_at, p.created_at) AS written_at,
    h.identity IS NOT NULL AS is_hotfix
  FROM pull_requests AS p
  LEFT JOIN oldest_commits AS w
    ON w.host = p.host AND w.repository_key = p.repository_key AND w.identity = p.identity
  LEFT JOIN hotfixes AS h ON h.host = p.host AND h.identity = p.identity
),
first_listed AS (
  SELECT l.*
  FROM listed_changes AS l
  JOIN brought_names AS b
    ON b.host = l.host AND b.repository_key = l.repository_key AND b.environment = l.environment AND b.kind = 'sha'
    AND b.name = l.sha AND b.deployment_number = l.deployment_number
),
judged_commits AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.deployment_number, l.deployed_at, l.sha, r.reverts,
    r.reverts_number, l.record_id, l.path, l.written_at, p.identity, p.is_revert AS pull_is_revert,
    p.revert_depth AS pull_depth, p.reverts_sha AS pull_reverts_sha, p.reverts_number AS pull_reverts_number,
    p.has_texts, p.is_hotfix, p.own_key, p.written_at AS pull_written_at, p.record_id AS cause_id, p.path AS cause_path,
    COALESCE(r.is_judged, FALSE) AS is_judged, r.sha IS NOT NULL AS is_commit_revert,
    CASE
      WHEN p.revert_depth IS NOT NULL THEN MOD(p.revert_depth, 2) = 1
      ELSE COALESCE(p.is_revert, FALSE)
    END AS is_pull_revert,
    COALESCE(MOD(p.revert_depth, 2) = 1, FALSE) AS is_judged_pull_revert
  FROM first_listed AS l
  LEFT JOIN listed_pull_requests AS q
    ON q.host = l.host AND q.repository_key = l.repository_key AND q.environment = l.environment
    AND q.deployment = l.deployment AND q.sha = l.sha
  LEFT JOIN pulls AS p ON p.host = q.host AND p.repository_key = q.repository_key AND p.identity = q.identity
  LEFT JOIN listed_reverts AS r
    ON r.host = l.host AND r.repository_key = l.repository_key AND r.environment = l.environment AND r.sha = l.sha
),
judged_pull_requests AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployment_number, d.deployed_at,
    COALESCE(p.merge_commit_sha, p.identity) AS sha,
    p.identity, p.reverts_sha, p.reverts_number, p.written_at, p.record_id, p.path, p.has_texts, p.is_hotfix,
    p.revert_depth, p.own_key,
    CASE
      WHEN p.revert_depth IS NOT NULL THEN MOD(p.revert_depth, 2) = 1
      ELSE COALESCE(p.is_revert, FALSE)
    END AS is_pull_revert
  FROM deployed_pull_requests AS d
  JOIN pulls AS p ON p.host = d.host AND p.repository_key = d.repository_key AND p.identity = d.identity
  JOIN brought_names AS b
    ON b.host = d.host AND b.repository_key = d.repository_key AND b.environment = d.environment
    AND b.kind = 'number' AND b.name = p.own_key || '#' || CAST(p.number AS VARCHAR) AND b.deployment_number = d.deployment_number
)
SELECT
  host, repository_key, environment, deployment, deployment_number, deployed_at, sha, identity,
  CASE WHEN is_commit_revert OR is_pull_revert THEN 'revert' ELSE 'hotfix' END AS kind,
  CASE
    WHEN is_commit_revert AND (is_judged OR COALESCE(MOD(pull_depth, 2) = 1, FALSE)) THEN 0
    WHEN is_commit_revert AND (identity IS NULL OR (pull_depth IS NULL AND is_pull_revert))
      AND COALESCE(reverts, CAST(reverts_number AS VARCHAR)) IS NOT NULL THEN 1
    WHEN is_commit_revert THEN 2
    WHEN is_pull_revert THEN CASE WHEN pull_depth IS NULL THEN 2 ELSE 0 END
    WHEN has_texts THEN 0
    ELSE 2
  END AS doubt,
  COALESCE(pull_written_at, written_at) AS written_at,
  CASE WHEN is_commit_revert THEN reverts END AS reverts_sha,
  CASE WHEN is_judged OR is_judged_pull_revert THEN pull_reverts_sha END AS reverts_sha_too,
  CASE WHEN is_commit_revert THEN reverts_number END AS reverts_number,
  CASE WHEN is_judged OR is_judged_pull_revert THEN pull_reverts_number END AS reverts_number_too,
  own_key,
  COALESCE(cause_id, record_id) AS record_id, COALESCE(cause_path, path) AS path
FROM judged_commits
WHERE is_commit_revert OR is_pull_revert OR is_hotfix OR NOT has_texts
UNION ALL
SELECT
  host, repository_key, environment, deployment, deployment_number, deployed_at, sha, identity,
  CASE WHEN is_pull_revert THEN 'revert' ELSE 'hotfix' END AS kind,
  CASE WHEN revert_depth IS NOT NULL OR (has_texts AND NOT is_pull_revert) THEN 0 ELSE 2 END AS doubt, written_at,
  CAST(NULL AS VARCHAR) AS reverts_sha,
  CASE WHEN is_pull_revert AND revert_depth IS NOT NULL THEN reverts_sha END AS reverts_sha_too,
  CAST(NULL AS BIGINT) AS reverts_number,
  CASE WHEN is_pull_revert AND revert_depth IS NOT NULL THEN reverts_number END AS reverts_number_too,
  own_key,
  record_id, path
FROM judged_pull_requests
WHERE is_pull_revert OR is_hotfix OR NOT has_texts
