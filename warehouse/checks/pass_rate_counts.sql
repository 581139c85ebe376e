-- What: Counts, rate and interval of a pass rate contradict each other.
SELECT build_id, problem_id || ' ' || reference AS key, 'k ' || k || ' of n ' || n || ', rate ' || pass_rate AS detail
FROM pass_rates
WHERE n < k
    OR k < 0
    OR pass_rate NOT BETWEEN 0 AND 1
    OR (n > 0 AND method <> 'published' AND estimator = 'share' AND abs(pass_rate - k / n) > 1e-9)
    OR (n > 0 AND coalesce(pass_rate NOT BETWEEN low - 1e-9 AND high + 1e-9, true))
