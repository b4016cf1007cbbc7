-- whole_items: the items of each service with several production environments, one number for all of them. A service with
-- one environment has none: its number is that of its environment. environment: empty, or of a part of a repository as
-- report_environments says. shown_environment and shown_item: the measure's item whose record is the evidence.
SELECT
  measure, host, repository_key, environment, item, happened_at, value, why, certainty, shown_environment, shown_item
FROM whole_outcomes
UNION ALL
SELECT
  measure, host, repository_key, environment, item, happened_at, value, why, certainty, shown_environment, shown_item
FROM whole_recoveries
UNION ALL
SELECT
  measure, host, repository_key, environment, item, happened_at, value, why, certainty, shown_environment, shown_item
FROM whole_lead_times
