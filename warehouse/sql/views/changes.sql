-- changes: each commit that a deployment took to production, once in an environment: when it first arrived.
-- Commits of the same author time within one deployment are numbered side by side, those with a fingerprint that arrived
-- before first. The k-th is the same change as the k-th of that time in an earlier deployment: cherry-picking, rebasing
-- and squashing keep the author time. Two lists of one deployment that hold a commit of the same fingerprint hold it once,
-- as stacked pull requests do. Where fingerprints are missing, that commits of several lists are different ones is inferred.
-- What comes after going back past a deployment of unknown changes may have arrived with that: unknown (hidden_arrivals).
WITH timed AS (
  SELECT b.*, d.deployment_number, d.is_counted, COALESCE(b.list, '~') AS list_name, COALESCE(b.fingerprint, b.change) AS name
  FROM brought_changes AS b
  JOIN deployments AS d
    ON d.host = b.host AND d.repository_key = b.repository_key AND d.environment = b.environment
    AND d.deployment = b.deployment
),
-- a commit without a time is the same change as one of its name
named AS (
  SELECT
    *, CASE WHEN written_at IS NULL THEN name END AS untimed,
    MIN(list_name) OVER (PARTITION BY host, repository_key, environment, deployment, written_at, name) AS first_list,
    MIN(deployment_number) OVER (PARTITION BY host, repository_key, environment, written_at, name) AS first_number
  FROM timed
),
numbered AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY host, repository_key, environment, deployment, written_at, untimed
      ORDER BY
        CASE WHEN first_number < deployment_number THEN 0 ELSE 1 END, list_name, commit_number NULLS LAST, change
    ) AS nth,
    MIN(list_name) OVER (PARTITION BY host, repository_key, environment, deployment, written_at) <> MAX(list_name) OVER (
      PARTITION BY host, repository_key, environment, deployment, written_at
    ) AND MIN(CASE WHEN fingerprint IS NULL THEN 0 ELSE 1 END) OVER (
      PARTITION BY host, repository_key, environment, deployment, written_at
    ) = 0 AS may_be_same
  FROM named WHERE list_name = first_list
),
with_arrived AS (
  SELECT *, MAX(nth) OVER (
    PARTITION BY host, repository_key, environment, written_at, untimed ORDER BY deployment_number NULLS FIRST
    RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS arrived
  FROM numbered
),
hidden AS (
  SELECT d.host, d.repository_key, d.environment, d.deployment_number, MAX(h.hidden_until) AS hidden_until
  FROM deployments AS d
  JOIN hidden_arrivals AS h
    ON h.host = d.host AND h.repository_key = d.repository_key AND h.environment = d.environment
    AND h.deployment_number <= d.deployment_number
  GROUP BY d.host, d.repository_key, d.environment, d.deployment_number
),
new AS (
  SELECT a.*, a.certainty <> 'unknown' AND COALESCE(a.written_at <= h.hidden_until, FALSE) AS may_have_arrived
  FROM with_arrived AS a
  LEFT JOIN hidden AS h
    ON h.host = a.host AND h.repository_key = a.repository_key AND h.environment = a.environment
    AND h.deployment_number = a.deployment_number
  WHERE a.nth > COALESCE(a.arrived, 0)
)
SELECT
  host, repository_key, environment, deployment, deployed_at, change, written_at,
  CASE
    WHEN certainty <> 'unknown' AND is_counted IS NULL THEN 'whether it is a deployment of its own is not known'
    WHEN may_have_arrived THEN 'it may have arrived before'
    ELSE why
  END AS why, record_id, path, cause_id, cause_path,
  CASE
    WHEN may_have_arrived OR is_counted IS NULL THEN 'unknown'
    WHEN may_be_same AND certainty = 'known' THEN 'inferred'
    ELSE certainty
  END AS certainty,
  committed_at, identity, list, fingerprint
FROM new
