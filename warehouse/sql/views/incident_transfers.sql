-- incident_transfers: each transfer of an incident's issue to another repository, with the ids of both issues.
-- The records name the ids; where they do not, two issues of one owner that were opened in the same second are one if
-- either is known to be transferred and there is no other such pair.
WITH named_transfers AS (
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
)
SELECT host, old_id, new_id FROM named_transfers
UNION ALL
SELECT host, old_id, new_id FROM possible_transfers WHERE destinations = 1 AND origins = 1
