-- What: Two-sided p-value of the exact sign test: how likely wins and losses so uneven are by chance.
-- Source: Dixon and Mood 1946; on right and wrong answers it is the exact McNemar test (1947). Twice the
-- binomial tail of the smaller count at 0.5, at most 1.
-- Trap: Ties count for nothing. 1 where nobody won.
CREATE OR REPLACE MACRO sign_test(wins, losses) AS
    least(1.0, 2 * list_sum(list_transform(
        range(least(wins, losses)::BIGINT + 1),
        lambda i: exp(
            lgamma((wins + losses + 1)::DOUBLE) - lgamma((i + 1)::DOUBLE)
            - lgamma((wins + losses - i + 1)::DOUBLE) - (wins + losses) * ln(2)
        )
    )))
