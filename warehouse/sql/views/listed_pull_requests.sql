-- listed_pull_requests: each listed commit that brings a whole pull request: it is its merge commit, or its squash: it names the
-- pull request, and has the author time of its merge commit, as a cherry-picked one has.
WITH squashes AS (
  SELECT l.host, l.repository_key, l.environment, l.deployment, l.sha, MAX(p.identity) AS identity
  FROM listed_changes AS l
  JOIN pull_requests AS p
    ON p.host = l.host AND p.repository_key = l.repository_key AND p.own_key = l.repository_key
    AND p.number = l.pr_number
  LEFT JOIN recorded_commits AS o
    ON o.host = l.host AND o.repository_key = l.repository_key AND o.environment = l.environment
    AND o.sha = p.merge_commit_sha
  WHERE p.merge_commit_sha = l.sha OR o.written_at = l.written_at
  GROUP BY l.host, l.repository_key, l.environment, l.deployment, l.sha
),
merges AS (
  SELECT
    host, repository_key, merge_commit_sha AS sha, identity,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, merge_commit_sha ORDER BY merged_at DESC NULLS LAST, identity DESC
    ) AS nth
  FROM pull_requests WHERE merge_commit_sha IS NOT NULL
)
SELECT
  l.host, l.repository_key, l.environment, l.deployment, l.deployment_number, l.sha,
  COALESCE(s.identity, m.identity) AS identity
FROM listed_changes AS l
LEFT JOIN squashes AS s
  ON s.host = l.host AND s.repository_key = l.repository_key AND s.environment = l.environment
  AND s.deployment = l.deployment AND s.sha = l.sha
LEFT JOIN merges AS m
  ON m.host = l.host AND m.repository_key = l.repository_key AND m.sha = l.sha AND m.nth = 1
WHERE s.identity IS NOT NULL OR m.identity IS NOT NULL
