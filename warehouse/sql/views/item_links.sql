-- item_links: each item of DORA's measures that is a change, a deployment or a failed attempt, with what it can be filtered by
-- and linked with. author_kind: person, bot, agent or unknown; of a deployment that of all its changes, else mixed. assisted:
-- whether an assistant took part, in one of its changes; null if that is not known. deployment: which one, or which one brought
-- the change; run: its workflow run. sha: the commit; number: the pull request; code_key: the repository of both, if it is another
-- one (GitOps). tag: the release. issue: the number of the incident that the deployment failed by, or may have, of the repository
-- issue_key: the first of the surest. An item of a service with several environments has what the same item of one of them has: of
-- one with an issue, else of the first that it came to, as the change lead time counts.
WITH cohorts AS (
  SELECT
    host, repository_key, environment, deployment,
    CASE
      WHEN COUNT(*) > COUNT(CASE WHEN author_kind <> 'unknown' THEN 1 END) THEN 'unknown'
      WHEN MIN(author_kind) = MAX(author_kind) THEN MIN(author_kind)
      ELSE 'mixed'
    END AS author_kind,
    MAX(CASE WHEN is_assisted THEN 1 ELSE 0 END) AS is_one_assisted,
    COUNT(*) - COUNT(is_assisted) AS unknown_assistants
  FROM changes
  GROUP BY host, repository_key, environment, deployment
),
issues AS (
  SELECT
    host, repository_key, environment, deployment, issue_key, number,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, deployment
      ORDER BY CASE certainty WHEN 'known' THEN 0 WHEN 'inferred' THEN 1 ELSE 2 END, opened_at NULLS LAST, incident
    ) AS nth
  FROM incidents WHERE deployment IS NOT NULL
),
made AS (
  SELECT
    a.host, a.repository_key, a.environment, a.deployment, COALESCE(a.deployed_at, a.failed_at) AS ended_at,
    COALESCE(v.sha, a.sha) AS sha, p.number,
    CASE WHEN a.kind = 'releases' THEN a.deployment END AS tag, i.issue_key, i.number AS issue,
    CASE WHEN a.run <> a.sha THEN a.run END AS run, COALESCE(c.author_kind, 'unknown') AS author_kind,
    CASE
      WHEN COALESCE(c.author_kind, 'unknown') = 'unknown' THEN NULL
      WHEN c.is_one_assisted = 1 THEN TRUE
      WHEN c.unknown_assistants = 0 THEN FALSE
    END AS assisted
  FROM attempts AS a
  LEFT JOIN cohorts AS c
    ON c.host = a.host AND c.repository_key = a.repository_key AND c.environment = a.environment
    AND c.deployment = a.deployment
  LEFT JOIN release_versions AS v ON v.host = a.host AND v.record_id = a.record_id
  LEFT JOIN pull_requests AS p
    ON p.host = a.host AND p.repository_key = a.repository_key AND p.identity = a.deployment AND a.kind = 'merges'
  LEFT JOIN issues AS i
    ON i.host = a.host AND i.repository_key = a.repository_key AND i.environment = a.environment
    AND i.deployment = a.deployment AND i.nth = 1
),
linked AS (
  SELECT
    host, repository_key, environment, deployment AS item, author_kind, assisted, deployment, sha, number, run,
    CAST(NULL AS VARCHAR) AS code_key, tag, issue_key, issue, ended_at
  FROM made
  UNION ALL
  SELECT
    s.host, s.repository_key, s.environment, s.change AS item, COALESCE(s.author_kind, 'unknown') AS author_kind,
    s.is_assisted AS assisted, s.deployment, CASE WHEN s.change = 'of ' || s.deployment THEN m.sha ELSE s.sha END AS sha,
    s.number, m.run, s.code_key, m.tag, CAST(NULL AS VARCHAR) AS issue_key, CAST(NULL AS BIGINT) AS issue,
    m.ended_at
  FROM change_starts AS s
  JOIN made AS m
    ON m.host = s.host AND m.repository_key = s.repository_key AND m.environment = s.environment
    AND m.deployment = s.deployment
  WHERE s.change <> s.deployment
),
several AS (
  SELECT service FROM service_environments GROUP BY service HAVING COUNT(DISTINCT name) > 1
),
of_services AS (
  SELECT
    l.*, e.whole_environment,
    ROW_NUMBER() OVER (
      PARTITION BY l.host, l.repository_key, e.service, l.item
      ORDER BY CASE WHEN l.issue IS NULL THEN 1 ELSE 0 END, l.ended_at NULLS LAST, l.environment NULLS FIRST
    ) AS nth
  FROM linked AS l
  JOIN service_environments AS e
    ON e.host = l.host AND e.repository_key = l.repository_key AND e.environment = l.environment
  JOIN several AS s ON s.service = e.service
)
SELECT
  host, repository_key, environment, item, author_kind, assisted, deployment, sha, number, run, code_key, tag, issue_key,
  issue
FROM linked
UNION ALL
SELECT
  host, repository_key, whole_environment AS environment, item, author_kind, assisted, deployment, sha, number, run,
  code_key, tag, issue_key, issue
FROM of_services WHERE nth = 1
