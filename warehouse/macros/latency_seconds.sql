-- What: The middle, in seconds, of a bin of latency_sums.
-- Source: Bins grow by 5 percent, so that a quantile read from them is off by 2.5 percent at most.
CREATE OR REPLACE MACRO latency_seconds(bin) AS 0.001 * pow(1.05, bin + 0.5)
