// charts_distribution: the items behind a number, each at its time.

// Returns a figure; null where the items have no values to compare.
function createDistribution(measure, items, options) {
  return null;
}
