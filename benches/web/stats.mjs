// Order statistics.

export function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const low = Math.floor(place);
  return sorted[low] + (place - low) * (sorted[Math.ceil(place)] - sorted[low]);
}

export const median = (values) => quantile(values, 0.5);

/// The median, which is compared with the budget.
export const middle = (values) => ({ value: median(values) });

/// The 95th percentile, which is compared with the budget, and the median beside it.
export const tail = (values) => ({ value: quantile(values, 0.95), median: median(values) });
