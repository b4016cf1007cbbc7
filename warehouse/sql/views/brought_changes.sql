-- brought_changes: each change that a deployment brings, also if it arrived before, and a row for each deployment of which
-- it is not known what it brings, or not all (unlisted_deployments). written_at: when it was first written, null if that is
-- unknown. certainty: known, inferred or unknown, and why. list_number: the place among the pull requests and squashes of
-- the deployment; null for commits that count as themselves. pull_request: whose change it is, if that is known by its name.
-- is_unlinked: it names a pull request, and it is not known whether it is the squash of that.
-- A commit that names a pull request is its squash if it is its merge commit, or has the author time of that, as a
-- cherry-picked one has. It stands for the pull request's changes. If neither is known, it is unknown.
-- Other commits of a pull request reach the branch in one of three ways, distinguished by their author times, which merging
-- and rebasing preserve:
--   merged    its commits are listed with the merge: the merge, like any commit with two parents, is no change
--   rebased   the listed commit is one of its commits and counts as itself
--   squashed  otherwise, by somebody who removed the number; its commits replace the one squashed commit
WITH numbered AS (
  SELECT host, repository_key, number, MAX(identity) AS identity FROM pull_requests
  WHERE number IS NOT NULL AND own_key = repository_key
  GROUP BY host, repository_key, number
),
linked AS (
  SELECT
    l.*, m.identity AS merged_identity, q.commits AS merged_commits, p.identity AS named_identity,
    p.merge_commit_sha AS named_sha
  FROM listed_changes AS l
  LEFT JOIN merged_commits AS m ON m.host = l.host AND m.repository_key = l.repository_key AND m.sha = l.sha
  LEFT JOIN pull_requests AS q
    ON q.host = m.host AND q.repository_key = m.repository_key AND q.identity = m.identity
  LEFT JOIN numbered AS n
    ON n.host = l.host AND n.repository_key = l.repository_key AND n.number = l.pr_number
  LEFT JOIN pull_requests AS p
    ON p.host = n.host AND p.repository_key = n.repository_key AND p.identity = n.identity
  WHERE COALESCE(l.parents, 1) < 2
),
-- of commits that name a pull request whose merge commit is another one: whether that is known, and has their author time
originals AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.sha,
    MAX(CASE WHEN o.written_at = l.written_at THEN 1 ELSE 0 END) AS is_same
  FROM linked AS l
  JOIN recorded_commits AS o
    ON o.host = l.host AND o.repository_key = l.repository_key AND o.environment = l.environment AND o.sha = l.named_sha
  WHERE l.named_sha <> l.sha
  GROUP BY l.host, l.repository_key, l.environment, l.deployment, l.sha
),
-- of merge commits that name no pull request: whether they are one of its commits, or all of these are listed
commit_matches AS (
  SELECT
    l.host, l.repository_key, l.environment, l.deployment, l.sha,
    MAX(CASE WHEN t.written_at = l.written_at THEN 1 ELSE 0 END) AS rebased,
    COUNT(DISTINCT CASE WHEN COALESCE(t.parents, 1) < 2 THEN t.commit_number END) AS timed_commits,
    COUNT(DISTINCT CASE
      WHEN COALESCE(t.parents, 1) < 2 AND o.sha <> l.sha AND o.deployment_number <= l.deployment_number
        THEN t.commit_number
    END) AS listed_commits
  FROM linked AS l
  JOIN pull_request_commits AS t
    ON t.host = l.host AND t.repository_key = l.repository_key AND t.identity = l.merged_identity
  LEFT JOIN listed_changes AS o
    ON o.host = l.host AND o.repository_key = l.repository_key AND o.environment = l.environment
    AND o.written_at = t.written_at AND l.parents IS NULL
  WHERE COALESCE(l.named_identity, '') <> l.merged_identity AND t.written_at IS NOT NULL
  GROUP BY l.host, l.repository_key, l.environment, l.deployment, l.sha
),
classified AS (
  SELECT
    l.*,
    CASE
      WHEN l.pr_number IS NOT NULL AND l.named_identity IS NULL THEN 'unlinked'
      WHEN l.named_sha = l.sha OR o.is_same = 1 THEN 'named'
      WHEN l.pr_number IS NOT NULL AND o.is_same IS NULL THEN 'unclear'
      WHEN l.merged_identity IS NULL THEN 'direct'
      WHEN l.merged_commits IS NULL THEN 'squashed'
      WHEN m.rebased = 1 THEN 'rebased'
      WHEN l.parents IS NULL AND m.listed_commits = m.timed_commits THEN 'merged'
      ELSE 'squashed'
    END AS merge_method
  FROM linked AS l
  LEFT JOIN originals AS o
    ON o.host = l.host AND o.repository_key = l.repository_key AND o.environment = l.environment
    AND o.deployment = l.deployment AND o.sha = l.sha
  LEFT JOIN commit_matches AS m
    ON m.host = l.host AND m.repository_key = l.repository_key AND m.environment = l.environment
    AND m.deployment = l.deployment AND m.sha = l.sha
),
lists AS (
  SELECT
    host, repository_key, environment, deployment, deployment_number, deployed_at, record_id, path,
    CASE WHEN merge_method = 'named' THEN named_identity ELSE merged_identity END AS identity, place,
    CAST(NULL AS TIMESTAMP) AS merged_at
  FROM classified WHERE merge_method IN ('named', 'squashed')
  UNION ALL
  SELECT
    host, repository_key, environment, deployment, deployment_number, deployed_at, record_id, path, identity,
    CAST(NULL AS BIGINT) AS place, merged_at
  FROM deployed_pull_requests
),
numbered_lists AS (
  SELECT
    host, repository_key, environment, deployment, deployment_number, deployed_at, record_id, path, identity,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, deployment
      ORDER BY MIN(place) NULLS LAST, MIN(merged_at) NULLS LAST, identity NULLS LAST
    ) AS list_number
  FROM lists
  GROUP BY host, repository_key, environment, deployment, deployment_number, deployed_at, record_id, path, identity
)
SELECT
  host, repository_key, environment, deployment, deployment_number, deployed_at, sha AS change,
  written_at, committed_at, sha, fingerprint, author_kind, is_assisted,
  CASE
    WHEN merge_method = 'unlinked' THEN 'its pull request is not known'
    WHEN merge_method = 'unclear' THEN 'whether it is the squash of the pull request that it names is not known'
    WHEN written_at IS NULL THEN 'its time is not known'
    WHEN merge_method = 'direct' THEN 'as it was pushed'
    ELSE 'of a pull request'
  END AS why,
  CASE
    WHEN merge_method IN ('unlinked', 'unclear') OR written_at IS NULL THEN 'unknown'
    ELSE 'known'
  END AS certainty,
  CAST(NULL AS BIGINT) AS list_number, place AS commit_number, merged_identity AS pull_request,
  merge_method IN ('unlinked', 'unclear') AS is_unlinked, record_id, path, CAST(NULL AS VARCHAR) AS cause_id, CAST(NULL AS VARCHAR) AS cause_path
FROM classified WHERE merge_method IN ('direct', 'rebased', 'unlinked', 'unclear')
UNION ALL
SELECT
  l.host, l.repository_key, l.environment, l.deployment, l.deployment_number, l.deployed_at, c.change,
  c.written_at, c.committed_at, c.sha, c.fingerprint, c.author_kind, c.is_assisted,
  CASE WHEN c.certainty <> 'unknown' AND c.written_at IS NULL THEN 'its time is not known' ELSE c.why END AS why,
  CASE WHEN c.written_at IS NULL THEN 'unknown' ELSE c.certainty END AS certainty,
  l.list_number, c.commit_number, c.pull_request, FALSE AS is_unlinked, l.record_id, l.path, COALESCE(p.commits_id, p.record_id) AS cause_id,
  COALESCE(p.commits_path, p.path) AS cause_path
FROM numbered_lists AS l
JOIN pull_request_changes AS c
  ON c.host = l.host AND c.repository_key = l.repository_key AND c.identity = l.identity
JOIN pull_requests AS p
  ON p.host = c.host AND p.repository_key = c.repository_key AND p.identity = c.pull_request
UNION ALL
SELECT
  host, repository_key, environment, deployment, deployment_number, deployed_at, 'of ' || deployment AS change,
  CAST(NULL AS TIMESTAMP) AS written_at, CAST(NULL AS TIMESTAMP) AS committed_at, CAST(NULL AS VARCHAR) AS sha,
  CAST(NULL AS VARCHAR) AS fingerprint, CAST(NULL AS VARCHAR) AS author_kind, CAST(NULL AS BOOLEAN) AS is_assisted, why,
  'unknown' AS certainty, CAST(NULL AS BIGINT) AS list_number, CAST(NULL AS BIGINT) AS commit_number,
  CAST(NULL AS VARCHAR) AS pull_request, FALSE AS is_unlinked, record_id, path, CAST(NULL AS VARCHAR) AS cause_id,
  CAST(NULL AS VARCHAR) AS cause_path
FROM unlisted_deployments
