-- incidents: each incident, in each production environment that it concerns, with the deployment that it marks as
-- failed: the repository's last one before it was opened that was no rollback, or the last failed attempt, if not older
-- than failure_hours (services.toml). An issue names no environment, so the same commit also failed in other
-- environments where it was still the newest. deployment is null if there is no such deployment: it is then unknown
-- which one failed, if any, in any environment. environment is empty if the repository has none. recovered_at is null
-- while the incident is open.
--
-- A transferred issue is one incident, that of its last repository. The records name the ids of both issues; where they do
-- not, two issues of one owner that were opened in the same second are one if either is known to be transferred and
-- there is no other such pair. An issue that was transferred to an unknown place cannot be linked to a deployment.
-- An incident is withdrawn, and no failure, if its issue was deleted, lost its last incident label while it was open,
-- or was closed as not planned or as a duplicate. A label that is taken off after the closing changes nothing.
WITH states AS (
  SELECT
    host, repository_key, LOWER(owner) AS owner, id, number, action, "at", opened_at, closed_at, state_reason,
    record_id, path, COALESCE(ARRAY_LENGTH(labels), 0) = 0 AS is_unlabelled,
    ROW_NUMBER() OVER (
      PARTITION BY host, id
      ORDER BY
        CASE WHEN action = 'deleted' THEN 0 WHEN action = 'transferred' THEN 1 ELSE 2 END, "at" DESC NULLS LAST,
        closed_at DESC NULLS LAST, CASE WHEN action = 'unlabeled' THEN 1 ELSE 0 END, record_id DESC NULLS LAST
    ) AS nth
  FROM incident
),
named_transfers AS (
  SELECT host, old_id, MAX(new_id) AS new_id
  FROM (
    SELECT host, id AS old_id, transferred_to AS new_id FROM incident WHERE action = 'transferred'
    UNION ALL
    SELECT host, transferred_from AS old_id, id AS new_id FROM incident WHERE action = 'opened'
  ) AS t
  WHERE old_id <> new_id
  GROUP BY host, old_id
),
transfer_ends AS (
  SELECT
    i.host, i.id, MAX(LOWER(i.owner)) AS owner, MAX(i.repository_key) AS repository_key, MAX(i.opened_at) AS opened_at,
    MAX(CASE WHEN i.is_transferred THEN 1 ELSE 0 END) AS has_arrived,
    MAX(CASE WHEN i.action = 'transferred' THEN 1 ELSE 0 END) AS has_left,
    MAX(CASE WHEN a.new_id IS NULL THEN 0 ELSE 1 END) AS is_origin_named,
    MAX(CASE WHEN d.new_id IS NULL THEN 0 ELSE 1 END) AS is_destination_named
  FROM incident AS i
  LEFT JOIN named_transfers AS a ON a.host = i.host AND a.new_id = i.id
  LEFT JOIN named_transfers AS d ON d.host = i.host AND d.old_id = i.id
  GROUP BY i.host, i.id
),
possible_transfers AS (
  SELECT
    o.host, o.id AS old_id, n.id AS new_id, COUNT(*) OVER (PARTITION BY o.host, o.id) AS destinations,
    COUNT(*) OVER (PARTITION BY n.host, n.id) AS origins
  FROM transfer_ends AS o
  JOIN transfer_ends AS n
    ON n.host = o.host AND n.owner = o.owner AND n.opened_at = o.opened_at AND n.repository_key <> o.repository_key
  WHERE o.is_destination_named = 0 AND n.is_origin_named = 0 AND (o.has_left = 1 OR n.has_arrived = 1)
),
transfers AS (
  SELECT host, old_id, new_id FROM named_transfers
  UNION ALL
  SELECT host, old_id, new_id FROM possible_transfers WHERE destinations = 1 AND origins = 1
),
-- the last of up to eight transfers in a row
two_transfers AS (
  SELECT f.host, f.old_id, COALESCE(g.new_id, f.new_id) AS new_id
  FROM transfers AS f
  LEFT JOIN transfers AS g ON g.host = f.host AND g.old_id = f.new_id
),
four_transfers AS (
  SELECT f.host, f.old_id, COALESCE(g.new_id, f.new_id) AS new_id
  FROM two_transfers AS f
  LEFT JOIN two_transfers AS g ON g.host = f.host AND g.old_id = f.new_id
),
all_transfers AS (
  SELECT f.host, f.old_id, COALESCE(g.new_id, f.new_id) AS new_id
  FROM four_transfers AS f
  LEFT JOIN four_transfers AS g ON g.host = f.host AND g.old_id = f.new_id
),
located AS (
  SELECT
    s.*, COALESCE(t.new_id <> s.id, s.action = 'transferred') AS is_elsewhere,
    ROW_NUMBER() OVER (
      PARTITION BY s.host, COALESCE(t.new_id, s.id)
      ORDER BY CASE WHEN COALESCE(t.new_id, s.id) = s.id THEN 0 ELSE 1 END, s."at" DESC NULLS LAST, s.id DESC
    ) AS place
  FROM states AS s
  LEFT JOIN all_transfers AS t ON t.host = s.host AND t.old_id = s.id
  WHERE s.nth = 1
),
latest_states AS (
  SELECT
    host, repository_key, CAST(id AS VARCHAR) AS incident, number, opened_at, is_elsewhere,
    CASE WHEN closed_at >= opened_at AND NOT is_elsewhere THEN closed_at END AS recovered_at, record_id, path
  FROM located
  WHERE place = 1 AND opened_at IS NOT NULL AND action <> 'deleted'
    AND NOT (closed_at IS NULL AND is_unlabelled)
    AND NOT (closed_at IS NOT NULL AND COALESCE(state_reason, '') IN ('not_planned', 'duplicate'))
),
candidates AS (
  SELECT host, repository_key, environment, deployment, ordinal, sha, deployed_at AS ended_at FROM deployments
  WHERE NOT COALESCE(is_rollback, FALSE)
  UNION ALL
  SELECT host, repository_key, environment, deployment, ordinal, sha, failed_at AS ended_at FROM attempts
  WHERE deployed_at IS NULL AND failed_at IS NOT NULL
),
-- across all environments of a repository
numbered AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY host, repository_key ORDER BY ended_at NULLS FIRST, environment NULLS FIRST, ordinal NULLS FIRST
  ) AS nth
  FROM candidates
),
timeline AS (
  SELECT
    host, repository_key, ended_at AS happened_at, 0 AS event_order, nth, CAST(NULL AS VARCHAR) AS incident
  FROM numbered
  UNION ALL
  SELECT
    host, repository_key, opened_at AS happened_at, 1 AS event_order, CAST(NULL AS BIGINT) AS nth, incident
  FROM latest_states
),
with_candidate AS (
  SELECT *, MAX(nth) OVER (
    PARTITION BY host, repository_key ORDER BY happened_at NULLS FIRST, event_order NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS last_nth
  FROM timeline
),
attributed AS (
  SELECT i.*, d.environment, d.deployment, d.sha
  FROM latest_states AS i
  JOIN catalog AS c ON c.host = i.host AND c.repository_key = i.repository_key
  JOIN with_candidate AS f ON f.host = i.host AND f.repository_key = i.repository_key AND f.incident = i.incident
  LEFT JOIN numbered AS d
    ON d.host = i.host AND d.repository_key = i.repository_key AND d.nth = f.last_nth AND NOT i.is_elsewhere
    AND DATE_DIFF('millisecond', d.ended_at, i.opened_at) <= c.failure_hours * 3600000
),
environments AS (
  SELECT DISTINCT host, repository_key, environment FROM deployments
)
SELECT
  host, repository_key, environment, deployment, incident, number, opened_at, recovered_at, record_id, path
FROM attributed WHERE deployment IS NOT NULL
UNION ALL
SELECT
  s.host, s.repository_key, d.environment, d.deployment, s.incident, s.number, s.opened_at, s.recovered_at,
  s.record_id, s.path
FROM attributed AS s
JOIN deployments AS d ON d.host = s.host AND d.repository_key = s.repository_key AND d.sha = s.sha
WHERE d.environment <> s.environment AND d.deployed_at <= s.opened_at
  AND (d.next_deployed_at IS NULL OR d.next_deployed_at > s.opened_at)
UNION ALL
SELECT
  s.host, s.repository_key, COALESCE(p.environment, '') AS environment, CAST(NULL AS VARCHAR) AS deployment,
  s.incident, s.number, s.opened_at, s.recovered_at, s.record_id, s.path
FROM attributed AS s
LEFT JOIN environments AS p ON p.host = s.host AND p.repository_key = s.repository_key
WHERE s.deployment IS NULL
