-- Pass rates as they stand.
INSERT INTO pass_rates BY NAME
SELECT
    $build_id AS build_id,
    problem_id, reference, n, k, pass_rate, estimator, low, high, tier, tier_probability, settled, method, proxy_for,
    pooled, selected
FROM read_parquet($file)
