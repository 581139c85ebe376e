"use strict";
// What chance alone explains: intervals of shares, and of the change of a ratio between two times.

// Wilson's interval of a share, 95 %.
function wilson(hits, n, z = 1.959963984540054) {
  if (n === 0) return [null, null];
  const p = hits / n,
    z2 = z * z;
  const middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function logGamma(x) {
  const c = [
    76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155,
    0.1208650973866179e-2, -0.5395239384953e-5,
  ];
  const base = x + 5.5 - (x + 0.5) * Math.log(x + 5.5);
  const series = c.reduce((sum, value, i) => sum + value / (x + 1 + i), 1.000000000190015);
  return -base + Math.log((2.5066282746310005 * series) / x);
}

// Regularised incomplete beta function, by Lentz's continued fraction.
function beta(x, a, b) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta(1 - x, b, a);
  const tiny = 1e-300;
  let c = 1,
    d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let value = d;
  for (let m = 1; m < 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d || tiny);
      c = 1 + term / c || tiny;
      step = c * d;
      value *= step;
    }
    if (Math.abs(step - 1) < 1e-13) break;
  }
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(front) * value) / a;
}

// The t that leaves `tail` above it.
function tQuantile(tail, df) {
  let low = 0,
    high = 1e4;
  for (let i = 0; i < 200 && high - low > 1e-9 * high; i++) {
    const t = (low + high) / 2;
    if (beta(df / (df + t * t), df / 2, 0.5) / 2 > tail) low = t;
    else high = t;
  }
  return (low + high) / 2;
}

// A ratio of sums over some periods, with its variance: periods differ by more than chance within
// them, so they are what varies; of a share, at least what its units alone would vary.
function ratio(periods, isShare) {
  const top = periods.reduce((sum, p) => sum + p.top, 0);
  const bottom = periods.reduce((sum, p) => sum + p.bottom, 0);
  if (bottom === 0) return null;
  const value = top / bottom,
    n = periods.length;
  const squares = periods.reduce((sum, p) => sum + (p.top - value * p.bottom) ** 2, 0);
  let variance = n > 1 ? ((n / (n - 1)) * squares) / (bottom * bottom) : 0;
  if (isShare) {
    const units = Math.min(
      bottom,
      periods.reduce((sum, p) => sum + p.units, 0),
    );
    const p = (value * units + 2) / (units + 4);
    variance = Math.max(variance, (p * (1 - p)) / (units + 4));
  }
  return { value, variance, n, bottom };
}

// How a ratio changed, with an interval that holds together with `others` more at 95 %.
function changed(before, now, isShare, others) {
  const [a, b] = [ratio(before, isShare), ratio(now, isShare)];
  if (a === null || b === null) return null;
  const variance = a.variance + b.variance;
  const parts = [a, b].map((r) => r.variance ** 2 / (r.n - 1)).reduce((x, y) => x + y, 0);
  const df = parts > 0 ? Math.min(1000, variance ** 2 / parts) : 1000;
  const half = tQuantile(0.025 / others, df) * Math.sqrt(variance);
  const difference = b.value - a.value;
  const noise = Math.abs(difference) <= half || difference === 0;
  const verdict = noise ? "within noise" : difference > 0 ? "rose" : "fell";
  return {
    before: a,
    now: b,
    difference,
    low: difference - half,
    high: difference + half,
    verdict,
  };
}
