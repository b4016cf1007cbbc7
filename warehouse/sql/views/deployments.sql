-- deployments: each successful deployment to production once, ordered within its environment, with what it replaces.
-- is_rollback: the commit first came to the environment before the one that it replaces, or GitHub compares it `behind`, or
-- it is the one of before again after a failed attempt (is_return). Null: unknown, as of the first one after its environment
-- was renamed, if no record compares it with the one before. deployment_number: the position in its
-- environment, from 1. previous_deployment: the one that it replaces. previous_planned_number: that of the last deployment
-- before it that was no rollback. is_counted is null if it may be no deployment of its own. What it brings, of statuses:
-- what the record changes_id lists (of the status, or of a comparison), and if takes_excluded what excluded deployments
-- listed (taken_commits); nothing where the code is in other repositories (code_pull_requests). missing: why that is not
-- known, or not all of it; is_first: there is nothing to compare with.
WITH with_first AS (
  SELECT
    *,
    CASE WHEN sha IS NULL THEN deployment_number ELSE MIN(deployment_number) OVER (
      PARTITION BY host, repository_key, environment, sha
    ) END AS first_number,
    MAX(CASE WHEN NOT is_again OR counts_again THEN deployment_number END) OVER (
      PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS replaced_number
  FROM successes
),
compared AS (
  SELECT
    d.*, p.deployment AS replaced_deployment, p.sha AS replaced_sha, p.first_number AS replaced_first_number,
    p.deployment IS NOT NULL AND p.is_counted IS NULL AS is_replaced_uncertain, o.sha AS github_sha,
    c.output_status AS comparison_status, c.record_id AS comparison_id, c.changes.truncated AS is_comparison_cut,
    s.changes.truncated AS is_cut, x.deployment IS NOT NULL AS has_passed, COALESCE(x.excluded_before, 0) AS excluded_before,
    x.may_be_behind, x.is_complete, x.is_among, x.has_unknown_list, x.has_cut_list, e.has_code
  FROM with_first AS d
  JOIN service_environments AS e
    ON e.host = d.host AND e.repository_key = d.repository_key AND e.environment = d.environment
  LEFT JOIN with_first AS p
    ON p.host = d.host AND p.repository_key = d.repository_key AND p.environment = d.environment
    AND p.deployment_number = d.replaced_number
  LEFT JOIN part_attempts AS o
    ON o.host = d.host AND o.repository_key = d.repository_key AND o.environment = d.environment
    AND o.deployment = d.previous_id AND o.deployed_at IS NOT NULL
  LEFT JOIN comparison AS c
    ON c.host = d.host AND c.repository_key = d.repository_key AND c.base = p.sha AND c.head = d.sha
  LEFT JOIN deployment_status AS s ON s.host = d.host AND s.record_id = d.record_id
  LEFT JOIN passed_exclusions AS x
    ON x.host = d.host AND x.repository_key = d.repository_key AND x.environment = d.environment
    AND x.deployment = d.deployment
),
resolved AS (
  SELECT
    *,
    CASE
      WHEN is_again AND is_certain_return THEN TRUE
      WHEN is_again AND may_be_return THEN NULL
      WHEN is_again OR is_among THEN FALSE
      WHEN has_passed AND is_among IS NULL THEN NULL
      WHEN first_number < replaced_first_number THEN CASE WHEN NOT is_replaced_uncertain THEN TRUE END
      WHEN comparison_status = 'behind' THEN CASE WHEN NOT is_replaced_uncertain THEN TRUE END
      WHEN comparison_status IS NOT NULL OR kind <> 'statuses' THEN FALSE
      WHEN replaced_deployment IS NULL AND excluded_before > 0 THEN FALSE
      WHEN excluded_before = 0 AND github_sha <> replaced_sha THEN NULL
      WHEN may_be_behind OR (is_rollback AND NOT is_complete) THEN NULL
      WHEN is_rollback AND is_replaced_uncertain THEN NULL
      WHEN is_first AND replaced_deployment IS NOT NULL THEN NULL
      ELSE is_rollback
    END AS resolved_is_rollback
  FROM compared
),
-- brings: none; first: not known, as there is nothing to compare with; comparison: what a comparison with the one before
-- lists; excluded: what excluded ones listed; own: the same, and what its status lists
linked AS (
  SELECT
    *,
    CASE
      WHEN has_code THEN CASE WHEN replaced_deployment IS NULL THEN 'first' ELSE 'none' END
      WHEN kind <> 'statuses' OR is_again OR resolved_is_rollback THEN 'none'
      WHEN replaced_deployment IS NULL AND (excluded_before > 0 OR is_first OR is_cut IS NULL) THEN 'first'
      WHEN is_comparison_cut IS NOT NULL THEN 'comparison'
      WHEN is_among THEN 'excluded'
      ELSE 'own'
    END AS brings
  FROM resolved
),
explained AS (
  SELECT
    *,
    CASE
      WHEN brings = 'first' THEN 'first deployment: there is nothing to compare with'
      WHEN brings = 'comparison' THEN CASE WHEN is_comparison_cut THEN 'more changes than GitHub lists' END
      WHEN brings = 'none' THEN NULL
      WHEN (has_passed AND is_among IS NULL) OR has_unknown_list OR (brings = 'own' AND is_cut IS NULL)
        THEN 'its changes are not known'
      WHEN has_cut_list OR (brings = 'own' AND is_cut) THEN 'more changes than GitHub lists'
    END AS missing
  FROM linked
),
judged AS (
  SELECT
    *, CASE WHEN kind = 'statuses' THEN brings = 'first' OR missing IS NULL ELSE is_again OR is_compared END AS is_known
  FROM explained
)
SELECT
  host, repository_key, environment, kind, deployment, ordinal, deployment_number, sha, deployed_at, changes_until,
  replaced_deployment AS previous_deployment,
  LEAD(deployed_at) OVER (PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST)
    AS next_deployed_at,
  LEAD(is_known AND resolved_is_rollback IS NOT NULL) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
  ) AS is_next_compared,
  MAX(CASE WHEN NOT COALESCE(resolved_is_rollback, FALSE) THEN deployment_number END) OVER (
    PARTITION BY host, repository_key, environment ORDER BY deployment_number NULLS FIRST
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS previous_planned_number,
  brings = 'first' AS is_first, is_known AS is_compared, resolved_is_rollback AS is_rollback, record_id, path,
  is_again AND may_be_return AS is_return, is_again, is_counted,
  CASE WHEN brings = 'own' THEN record_id WHEN brings = 'comparison' THEN comparison_id END AS changes_id,
  brings IN ('excluded', 'own') AND has_passed AS takes_excluded, missing
FROM judged
