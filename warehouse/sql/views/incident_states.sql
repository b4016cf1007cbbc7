-- incident_states: each incident that is not withdrawn, as it was last seen, in its last repository.
-- A transferred issue is one incident, that of its last repository. An issue that was transferred to an unknown place is
-- elsewhere. An incident is withdrawn, and no failure, if its issue was deleted, lost its last incident label while it was
-- open, or was closed as not planned or as a duplicate. A label that is taken off after the closing changes nothing.
-- recovered_at is null while the incident is open.
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
-- the last of up to eight transfers in a row
two_transfers AS (
  SELECT f.host, f.old_id, COALESCE(g.new_id, f.new_id) AS new_id
  FROM incident_transfers AS f
  LEFT JOIN incident_transfers AS g ON g.host = f.host AND g.old_id = f.new_id
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
)
SELECT
  host, repository_key, CAST(id AS VARCHAR) AS incident, number, opened_at, is_elsewhere,
  CASE WHEN closed_at >= opened_at AND NOT is_elsewhere THEN closed_at END AS recovered_at, record_id, path
FROM located
WHERE place = 1 AND opened_at IS NOT NULL AND action <> 'deleted'
  AND NOT (closed_at IS NULL AND is_unlabelled)
  AND NOT (closed_at IS NOT NULL AND COALESCE(state_reason, '') IN ('not_planned', 'duplicate'))
