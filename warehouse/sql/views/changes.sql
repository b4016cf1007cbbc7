-- changes: each change that a deployment took to production, once in an environment: when it first arrived.
-- Commits of the same author time within one deployment are numbered side by side: first those that arrived before, by
-- their own name, then by their fingerprint. The k-th is the same change as the k-th of that time in an earlier deployment:
-- cherry-picking, rebasing and squashing keep the author time. Two lists of one deployment that hold the same commit or
-- fingerprint hold it once, as stacked pull requests do. Where fingerprints are missing, that commits of several lists are
-- different ones is inferred.
-- What comes after going back past a deployment of unknown changes may have arrived with that: unknown (hidden_arrivals).
-- What was picked or rebased after a deployment of unknown changes may have arrived with that, too: inferred.
WITH named AS (
  SELECT
    *, COALESCE(list_number, 1000000) AS list_order, COALESCE(fingerprint, change) AS name,
    COALESCE(sha, change) AS commit_name
  FROM brought_changes
),
-- only where a time comes several times does the numbering decide
repeated AS (
  SELECT host, repository_key, environment, written_at FROM named WHERE written_at IS NOT NULL
  GROUP BY host, repository_key, environment, written_at
  HAVING COUNT(*) > 1
),
ranked AS (
  SELECT
    n.*,
    MIN(n.list_order) OVER (
      PARTITION BY n.host, n.repository_key, n.environment, n.deployment, n.written_at, n.name
    ) AS first_of_name,
    MIN(n.list_order) OVER (
      PARTITION BY n.host, n.repository_key, n.environment, n.deployment, n.written_at, n.commit_name
    ) AS first_of_commit,
    MIN(n.deployment_number) OVER (PARTITION BY n.host, n.repository_key, n.environment, n.written_at, n.name)
      AS name_number,
    MIN(n.deployment_number) OVER (PARTITION BY n.host, n.repository_key, n.environment, n.written_at, n.change)
      AS change_number
  FROM named AS n
  JOIN repeated AS r
    ON r.host = n.host AND r.repository_key = n.repository_key AND r.environment = n.environment
    AND r.written_at = n.written_at
),
numbered AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, deployment, written_at
      ORDER BY
        CASE WHEN change_number < deployment_number THEN 0 WHEN name_number < deployment_number THEN 1 ELSE 2 END,
        list_order, commit_number NULLS LAST, change
    ) AS nth,
    COUNT(*) OVER (PARTITION BY host, repository_key, environment, deployment, written_at) AS of_deployment,
    MIN(list_order) OVER (PARTITION BY host, repository_key, environment, deployment, written_at) <> MAX(list_order) OVER (
      PARTITION BY host, repository_key, environment, deployment, written_at
    ) AND COUNT(fingerprint) OVER (PARTITION BY host, repository_key, environment, deployment, written_at) < COUNT(*) OVER (
      PARTITION BY host, repository_key, environment, deployment, written_at
    ) AS may_be_same
  FROM ranked WHERE list_order = first_of_name AND list_order = first_of_commit
),
with_arrived AS (
  SELECT *, COALESCE(MAX(of_deployment) OVER (
    PARTITION BY host, repository_key, environment, written_at ORDER BY deployment_number NULLS FIRST
    RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ), 0) AS arrived
  FROM numbered
),
-- times of which a commit was the same change as one of another name: if it comes again, its own name has not arrived
renamed AS (
  SELECT DISTINCT host, repository_key, environment, written_at FROM with_arrived
  WHERE nth <= arrived AND change_number = deployment_number
),
arrivals AS (
  SELECT
    a.*,
    MIN(CASE WHEN a.nth > a.arrived THEN a.deployment_number END) OVER (
      PARTITION BY a.host, a.repository_key, a.environment, a.written_at, a.name
    ) AS name_arrived,
    MIN(CASE WHEN a.nth > a.arrived THEN a.deployment_number END) OVER (
      PARTITION BY a.host, a.repository_key, a.environment, a.written_at, a.change
    ) AS change_arrived
  FROM with_arrived AS a
  JOIN renamed AS r
    ON r.host = a.host AND r.repository_key = a.repository_key AND r.environment = a.environment
    AND r.written_at = a.written_at
),
numbered_again AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, deployment, written_at
    ORDER BY
      CASE WHEN change_arrived < deployment_number THEN 0 WHEN name_arrived < deployment_number THEN 1 ELSE 2 END,
      list_order, commit_number NULLS LAST, change
  ) AS nth_again
  FROM arrivals
),
untimed AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key, environment, change ORDER BY deployment_number NULLS FIRST, list_order NULLS FIRST
  ) AS nth
  FROM named WHERE written_at IS NULL
),
chosen AS (
  SELECT n.host, n.repository_key, n.environment, n.deployment, n.change, n.list_order, FALSE AS may_be_same
  FROM named AS n
  LEFT JOIN repeated AS r
    ON r.host = n.host AND r.repository_key = n.repository_key AND r.environment = n.environment
    AND r.written_at = n.written_at
  WHERE n.written_at IS NOT NULL AND r.host IS NULL
  UNION ALL
  SELECT a.host, a.repository_key, a.environment, a.deployment, a.change, a.list_order, a.may_be_same
  FROM with_arrived AS a
  LEFT JOIN renamed AS r
    ON r.host = a.host AND r.repository_key = a.repository_key AND r.environment = a.environment
    AND r.written_at = a.written_at
  WHERE a.nth > a.arrived AND r.host IS NULL
  UNION ALL
  SELECT host, repository_key, environment, deployment, change, list_order, may_be_same
  FROM numbered_again WHERE nth_again > arrived
  UNION ALL
  SELECT host, repository_key, environment, deployment, change, list_order, FALSE AS may_be_same
  FROM untimed WHERE nth = 1
),
new AS (
  SELECT n.*, c.may_be_same
  FROM named AS n
  JOIN chosen AS c
    ON c.host = n.host AND c.repository_key = n.repository_key AND c.environment = n.environment
    AND c.deployment = n.deployment AND c.change = n.change AND c.list_order = n.list_order
),
-- the last deployment of unknown changes before each change that was written again
ends AS (
  SELECT
    host, repository_key, environment, deployed_at AS happened_at, 1 AS is_end, CAST(NULL AS VARCHAR) AS deployment,
    CAST(NULL AS VARCHAR) AS change, CAST(NULL AS TIMESTAMP) AS written_at
  FROM unlisted_deployments WHERE NOT is_first
  UNION ALL
  SELECT
    host, repository_key, environment, LEAST(committed_at, deployed_at) AS happened_at, 0 AS is_end, deployment, change,
    written_at
  FROM new WHERE written_at < committed_at
),
with_end AS (
  SELECT *, MAX(CASE WHEN is_end = 1 THEN happened_at END) OVER (
    PARTITION BY host, repository_key, environment ORDER BY happened_at NULLS FIRST, is_end NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS last_end
  FROM ends
),
again AS (
  SELECT DISTINCT host, repository_key, environment, deployment, change FROM with_end
  WHERE is_end = 0 AND written_at <= last_end
),
judged AS (
  SELECT
    n.*,
    CASE
      WHEN n.change = 'of ' || n.deployment THEN n.why
      WHEN d.is_counted IS NULL THEN 'whether it is a deployment of its own is not known'
      WHEN n.certainty <> 'unknown' AND n.written_at <= h.hidden_until THEN 'it may have arrived before'
    END AS doubt,
    n.may_be_same OR a.change IS NOT NULL AS is_inferred
  FROM new AS n
  JOIN deployments AS d
    ON d.host = n.host AND d.repository_key = n.repository_key AND d.environment = n.environment
    AND d.deployment = n.deployment
  LEFT JOIN hidden_arrivals AS h
    ON h.host = n.host AND h.repository_key = n.repository_key AND h.environment = n.environment
    AND h.deployment = n.deployment
  LEFT JOIN again AS a
    ON a.host = n.host AND a.repository_key = n.repository_key AND a.environment = n.environment
    AND a.deployment = n.deployment AND a.change = n.change
)
SELECT
  host, repository_key, environment, deployment, deployment_number, deployed_at, change, written_at,
  COALESCE(doubt, why) AS why,
  CASE
    WHEN doubt IS NOT NULL THEN 'unknown'
    WHEN is_inferred AND certainty = 'known' THEN 'inferred'
    ELSE certainty
  END AS certainty,
  committed_at, sha, fingerprint, author_kind, is_assisted, list_number IS NOT NULL AS is_of_list,
  pull_request AS identity, is_unlinked, record_id,
  path, cause_id, cause_path
FROM judged
