-- What: Models that validation or test offer and training never does.
-- Grain: one row per build and model.
-- Trap: A model may be missing from training by chance in a small build.
SELECT build_id, model_id, sum(offered) AS offered, string_agg(split, ', ' ORDER BY split) AS splits
FROM catalog_prices
WHERE split IN ('validation', 'test')
GROUP BY build_id, model_id
HAVING (build_id, model_id) NOT IN (
    SELECT (build_id, model_id) FROM catalog_prices WHERE split = 'train'
)
ORDER BY build_id, model_id
