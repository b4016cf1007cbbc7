-- brought_changes: each commit that a deployment brings, also if it arrived before, with the time at which it was written.
-- written_at is null if unknown; the row then represents at least one commit, and why gives the reason. certainty:
-- known, inferred or unknown. A commit of a pull request is inferred if its number of parents is unknown, because a merge
-- is no change. list: the identity of the pull request that a squash stands for; null for listed commits.
-- The commits of a pull request reach the branch in one of three ways, distinguished by their author times, which
-- merging and rebasing preserve:
--   merged    its commits are listed with the merge: the merge, like any commit with two parents, is no change
--   rebased   the listed commit is one of its commits and counts as itself
--   squashed  otherwise; its commits replace the one squashed commit
-- A commit whose message names a pull request without a record was squashed too, so its time is unknown.
WITH known_numbers AS (
  SELECT DISTINCT host, repository_key, number FROM pull_requests WHERE number IS NOT NULL
),
linked AS (
  SELECT
    l.*, p.identity, p.commits, p.commits_id, p.commits_path,
    l.pr_number IS NOT NULL AND n.number IS NULL AS has_unknown_pull_request
  FROM listed_changes AS l
  LEFT JOIN pull_requests AS p
    ON p.host = l.host AND p.repository_key = l.repository_key AND p.merge_commit_sha = l.sha
  LEFT JOIN known_numbers AS n
    ON n.host = l.host AND n.repository_key = l.repository_key AND n.number = l.pr_number
),
commit_matches AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.sha,
    MAX(CASE WHEN t.written_at = l.written_at THEN 1 ELSE 0 END) AS rebased,
    COUNT(DISTINCT t.commit_number) AS timed_commits,
    COUNT(DISTINCT CASE WHEN o.sha <> l.sha AND o.deployment_number <= l.deployment_number THEN t.commit_number END)
      AS listed_commits
  FROM linked AS l
  JOIN pull_request_commits AS t
    ON t.host = l.host AND t.repository_key = l.repository_key AND t.identity = l.identity
  LEFT JOIN listed_changes AS o
    ON o.host = l.host AND o.repository_key = l.repository_key AND o.environment = l.environment
    AND o.written_at = t.written_at
  WHERE t.written_at IS NOT NULL AND COALESCE(t.parents, 1) < 2
  GROUP BY l.host, l.repository_key, l.environment, l.deployment, l.sha
),
classified AS (
  SELECT
    l.*,
    CASE
      WHEN l.parents >= 2 THEN 'merged'
      WHEN l.identity IS NULL AND l.has_unknown_pull_request THEN 'unlinked'
      WHEN l.identity IS NULL THEN 'direct'
      WHEN l.commits IS NULL THEN 'unknown'
      WHEN m.rebased = 1 THEN 'rebased'
      WHEN l.parents IS NULL AND m.listed_commits = m.timed_commits THEN 'merged'
      ELSE 'squashed'
    END AS merge_method
  FROM linked AS l
  LEFT JOIN commit_matches AS m
    ON m.host = l.host AND m.repository_key = l.repository_key AND m.environment = l.environment
    AND m.deployment = l.deployment AND m.sha = l.sha
),
expanded_pull_requests AS (
  SELECT
    host, repository_key, environment, deployment, deployed_at, record_id, path, identity, commits, commits_id,
    commits_path
  FROM classified WHERE merge_method = 'squashed'
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, deployed_at, record_id, path, identity, commits, commits_id,
    commits_path
  FROM deployed_pull_requests WHERE commits IS NOT NULL
),
commit_counts AS (
  SELECT host, repository_key, identity, COUNT(*) AS listed_commits FROM pull_request_commits
  GROUP BY host, repository_key, identity
),
all_changes AS (
  SELECT
    host, repository_key, environment, deployment, deployed_at, sha AS change, written_at,
    CASE
      WHEN merge_method = 'unknown' THEN 'the commits of its pull request are not known'
      WHEN merge_method = 'unlinked' THEN 'its pull request is not known'
      WHEN merge_method = 'direct' THEN 'as it was pushed'
      ELSE 'of a pull request'
    END AS why,
    merge_method NOT IN ('unknown', 'unlinked') AS is_known, FALSE AS is_inferred, record_id, path,
    commits_id AS cause_id, commits_path AS cause_path, CAST(NULL AS VARCHAR) AS list,
    CAST(NULL AS BIGINT) AS commit_number, fingerprint, committed_at, identity
  FROM classified WHERE merge_method IN ('direct', 'rebased', 'unknown', 'unlinked')
  UNION ALL
  SELECT
    w.host, w.repository_key, w.environment, w.deployment, w.deployed_at,
    w.identity || '#' || CAST(t.commit_number AS VARCHAR) AS change, t.written_at, 'of a pull request' AS why,
    TRUE AS is_known, t.parents IS NULL AS is_inferred, w.record_id, w.path, w.commits_id AS cause_id,
    w.commits_path AS cause_path, w.identity AS list, t.commit_number, t.fingerprint, t.committed_at, w.identity
  FROM expanded_pull_requests AS w
  JOIN pull_request_commits AS t
    ON t.host = w.host AND t.repository_key = w.repository_key AND t.identity = w.identity
  WHERE COALESCE(t.parents, 1) < 2
  UNION ALL
  SELECT
    w.host, w.repository_key, w.environment, w.deployment, w.deployed_at, w.identity || '#more' AS change,
    CAST(NULL AS TIMESTAMP) AS written_at, 'more commits than GitHub lists' AS why, FALSE AS is_known,
    FALSE AS is_inferred, w.record_id, w.path, w.commits_id AS cause_id, w.commits_path AS cause_path, w.identity AS list,
    CAST(NULL AS BIGINT) AS commit_number, CAST(NULL AS VARCHAR) AS fingerprint, CAST(NULL AS TIMESTAMP) AS committed_at,
    w.identity
  FROM expanded_pull_requests AS w
  LEFT JOIN commit_counts AS n ON n.host = w.host AND n.repository_key = w.repository_key AND n.identity = w.identity
  WHERE w.commits > COALESCE(n.listed_commits, 0)
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, deployed_at, identity AS change,
    CAST(NULL AS TIMESTAMP) AS written_at, 'the commits of its pull request are not known' AS why, FALSE AS is_known,
    FALSE AS is_inferred, record_id, path, pull_request_id AS cause_id, pull_request_path AS cause_path, identity AS list,
    CAST(NULL AS BIGINT) AS commit_number, CAST(NULL AS VARCHAR) AS fingerprint, CAST(NULL AS TIMESTAMP) AS committed_at,
    identity
  FROM deployed_pull_requests WHERE commits IS NULL
  UNION ALL
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployed_at, 'of ' || d.deployment AS change,
    CAST(NULL AS TIMESTAMP) AS written_at,
    CASE
      WHEN e.has_code THEN 'first deployment: there is nothing to compare with'
      WHEN d.kind = 'statuses' THEN d.missing
      WHEN v.changes.truncated THEN 'more changes than GitHub lists'
      WHEN v.sha IS NOT NULL AND v.previous IS NOT NULL THEN 'its changes are not known'
      WHEN v.sha IS NOT NULL THEN 'first deployment: there is nothing to compare with'
      WHEN d.kind = 'releases' AND NOT d.is_compared THEN 'which line of releases its changes belong to is not known'
      ELSE 'first deployment: there is nothing to compare with'
    END AS why,
    FALSE AS is_known, FALSE AS is_inferred, d.record_id, d.path, CAST(NULL AS VARCHAR) AS cause_id, CAST(NULL AS VARCHAR) AS cause_path, CAST(NULL AS VARCHAR) AS list,
    CAST(NULL AS BIGINT) AS commit_number, CAST(NULL AS VARCHAR) AS fingerprint, CAST(NULL AS TIMESTAMP) AS committed_at,
    CAST(NULL AS VARCHAR) AS identity
  FROM deployments AS d
  LEFT JOIN release_versions AS v ON v.host = d.host AND v.record_id = d.record_id
  JOIN service_environments AS e
    ON e.host = d.host AND e.repository_key = d.repository_key AND e.environment = d.environment
  WHERE (e.has_code AND d.previous_deployment IS NULL)
    OR (NOT e.has_code AND d.kind = 'statuses' AND d.missing IS NOT NULL)
    OR (NOT e.has_code AND d.kind = 'workflow' AND d.deployment_number = 1)
    OR (NOT e.has_code AND d.kind = 'releases' AND v.sha IS NULL AND (d.deployment_number = 1 OR NOT d.is_compared))
    OR (
      NOT e.has_code AND d.kind = 'releases' AND v.sha IS NOT NULL AND (v.changes IS NULL OR v.changes.truncated)
    )
  UNION ALL
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployed_at, 'of ' || d.deployment AS change,
    CAST(NULL AS TIMESTAMP) AS written_at, 'the branch of its releases is not configured' AS why, FALSE AS is_known,
    FALSE AS is_inferred, d.record_id, d.path, CAST(NULL AS VARCHAR) AS cause_id, CAST(NULL AS VARCHAR) AS cause_path, CAST(NULL AS VARCHAR) AS list,
    CAST(NULL AS BIGINT) AS commit_number, CAST(NULL AS VARCHAR) AS fingerprint, CAST(NULL AS TIMESTAMP) AS committed_at,
    CAST(NULL AS VARCHAR) AS identity
  FROM deployments AS d
  JOIN catalog AS c ON c.host = d.host AND c.repository_key = d.repository_key
  JOIN service_environments AS e
    ON e.host = d.host AND e.repository_key = d.repository_key AND e.environment = d.environment AND NOT e.has_code
  LEFT JOIN release_versions AS v ON v.host = d.host AND v.record_id = d.record_id
  WHERE d.kind IN ('releases', 'workflow') AND c.branch IS NULL AND d.deployment_number > 1 AND d.is_compared
    AND v.sha IS NULL
)
SELECT
  host, repository_key, environment, deployment, deployed_at, change,
  CASE WHEN is_known AND written_at <= deployed_at THEN written_at END AS written_at,
  CASE
    WHEN NOT is_known THEN why
    WHEN written_at IS NULL THEN 'its time is not known'
    WHEN written_at > deployed_at THEN 'written after it was deployed'
    ELSE why
  END AS why,
  record_id, path, cause_id, cause_path,
  CASE
    WHEN NOT is_known OR written_at IS NULL OR written_at > deployed_at THEN 'unknown'
    WHEN is_inferred THEN 'inferred'
    ELSE 'known'
  END AS certainty,
  list, commit_number, fingerprint, committed_at, identity
FROM all_changes
