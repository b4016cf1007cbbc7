-- changes: each commit that a deployment brought to production, with the time at which it was written.
-- written_at is null where that is not known, and the row then stands for at least one such commit; why says the reason.
-- The commits of a pull request come to the branch in one of three ways, told apart by the times of their authors,
-- which rebasing keeps:
--   rebased   the listed commit is one of its commits: it stands for itself
--   merged    its commits are listed beside the merge: the merge itself is no change
--   squashed  they are not: they take the place of the one commit that they became
-- Where deployments are releases or a workflow's runs, what they bring is not compared: it is the pull requests that
-- were merged into the branch since the one before.
WITH linked AS (
  SELECT
    l.*, p.identity, p.commits, p.commits_id, p.commits_path
  FROM listed_changes AS l
  LEFT JOIN pull_requests AS p
    ON p.host = l.host AND p.repository_key = l.repository_key AND p.merge_commit_sha = l.sha
),
matched AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.sha,
    MAX(CASE WHEN t.written_at = l.written_at THEN 1 ELSE 0 END) AS rebased,
    MAX(CASE WHEN o.sha <> l.sha AND o.deployed_at <= l.deployed_at THEN 1 ELSE 0 END) AS merged
  FROM linked AS l
  JOIN pull_request_commits AS t
    ON t.host = l.host AND t.repository_key = l.repository_key AND t.identity = l.identity
  LEFT JOIN listed_changes AS o
    ON o.host = l.host AND o.repository_key = l.repository_key AND o.environment = l.environment
    AND o.written_at = t.written_at
  GROUP BY l.host, l.repository_key, l.environment, l.deployment, l.sha
),
judged AS (
  SELECT
    l.*,
    CASE
      WHEN l.identity IS NULL THEN 'direct'
      WHEN l.commits IS NULL THEN 'unknown'
      WHEN m.rebased = 1 THEN 'rebased'
      WHEN m.merged = 1 THEN 'merged'
      ELSE 'squashed'
    END AS way
  FROM linked AS l
  LEFT JOIN matched AS m
    ON m.host = l.host AND m.repository_key = l.repository_key AND m.environment = l.environment
    AND m.deployment = l.deployment AND m.sha = l.sha
),
brought AS (
  SELECT
    d.host, d.repository_key, d.environment, d.deployment, d.deployed_at, d.record_id, d.path, d.kind,
    p.identity, p.commits, p.commits_id, p.commits_path, p.record_id AS pull_request_id, p.path AS pull_request_path
  FROM deployments AS d
  JOIN catalog AS c ON c.host = d.host AND c.repository_key = d.repository_key
  JOIN pull_requests AS p
    ON p.host = d.host AND p.repository_key = d.repository_key AND p.base_ref = c.branch
    AND (
      (d.kind = 'merges' AND p.identity = d.deployment)
      OR (d.kind IN ('releases', 'workflow') AND p.merged_at > d.changes_since AND p.merged_at <= d.changes_until)
    )
  WHERE NOT COALESCE(d.is_rollback, FALSE)
),
whole AS (
  SELECT
    host, repository_key, environment, deployment, deployed_at, record_id, path, identity, commits, commits_id,
    commits_path
  FROM judged WHERE way = 'squashed'
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, deployed_at, record_id, path, identity, commits, commits_id,
    commits_path
  FROM brought WHERE commits IS NOT NULL
),
listed AS (
  SELECT host, repository_key, identity, COUNT(*) AS listed FROM pull_request_commits
  GROUP BY host, repository_key, identity
)
SELECT
  host, repository_key, environment, deployment, deployed_at, sha AS change,
  CASE WHEN way <> 'unknown' AND written_at <= deployed_at THEN written_at END AS written_at,
  CASE
    WHEN way = 'unknown' THEN 'its pull request''s commits are not known'
    WHEN written_at IS NULL THEN 'its time is not known'
    WHEN written_at > deployed_at THEN 'written after it was deployed'
    ELSE way
  END AS why,
  record_id, path, commits_id AS cause_id, commits_path AS cause_path
FROM judged WHERE way IN ('direct', 'rebased', 'unknown')
UNION ALL
SELECT
  w.host, w.repository_key, w.environment, w.deployment, w.deployed_at,
  w.identity || '#' || CAST(t.place AS VARCHAR) AS change,
  CASE WHEN t.written_at <= w.deployed_at THEN t.written_at END AS written_at,
  CASE
    WHEN t.written_at IS NULL THEN 'its time is not known'
    WHEN t.written_at > w.deployed_at THEN 'written after it was deployed'
    ELSE 'of a pull request'
  END AS why,
  w.record_id, w.path, w.commits_id AS cause_id, w.commits_path AS cause_path
FROM whole AS w
JOIN pull_request_commits AS t
  ON t.host = w.host AND t.repository_key = w.repository_key AND t.identity = w.identity
UNION ALL
SELECT
  w.host, w.repository_key, w.environment, w.deployment, w.deployed_at, w.identity || '#more' AS change,
  CAST(NULL AS TIMESTAMP) AS written_at, 'more commits than GitHub lists' AS why, w.record_id, w.path,
  w.commits_id AS cause_id, w.commits_path AS cause_path
FROM whole AS w
LEFT JOIN listed AS n ON n.host = w.host AND n.repository_key = w.repository_key AND n.identity = w.identity
WHERE w.commits > COALESCE(n.listed, 0)
UNION ALL
SELECT
  host, repository_key, environment, deployment, deployed_at, identity AS change, CAST(NULL AS TIMESTAMP) AS written_at,
  'its pull request''s commits are not known' AS why, record_id, path, pull_request_id AS cause_id,
  pull_request_path AS cause_path
FROM brought WHERE commits IS NULL
UNION ALL
SELECT
  d.host, d.repository_key, d.environment, d.deployment, d.deployed_at, 'of ' || d.deployment AS change,
  CAST(NULL AS TIMESTAMP) AS written_at,
  CASE
    WHEN d.is_first THEN 'first deployment: there is nothing to compare with'
    WHEN s.changes.truncated THEN 'more changes than GitHub lists'
    ELSE 'GitHub''s comparison is not known'
  END AS why,
  d.record_id, d.path, CAST(NULL AS VARCHAR) AS cause_id, CAST(NULL AS VARCHAR) AS cause_path
FROM deployments AS d
JOIN deployment_status AS s ON s.host = d.host AND s.record_id = d.record_id
WHERE d.kind = 'statuses' AND (s.changes IS NULL OR s.changes.truncated)
UNION ALL
SELECT
  d.host, d.repository_key, d.environment, d.deployment, d.deployed_at, 'of ' || d.deployment AS change,
  CAST(NULL AS TIMESTAMP) AS written_at,
  CASE
    WHEN c.branch IS NULL THEN 'the branch of its releases is not told'
    ELSE 'first deployment: there is nothing to compare with'
  END AS why,
  d.record_id, d.path, CAST(NULL AS VARCHAR) AS cause_id, CAST(NULL AS VARCHAR) AS cause_path
FROM deployments AS d
JOIN catalog AS c ON c.host = d.host AND c.repository_key = d.repository_key
WHERE d.kind IN ('releases', 'workflow') AND (c.branch IS NULL OR d.previous_deployment IS NULL)
