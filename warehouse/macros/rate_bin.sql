-- What: Number, 0 to 19, of the twentieth a pass rate lies in; 1.0 belongs to the last.
-- Trap: Whole numbers decide where there are counts: 0.15 * 20 need not be 3 in binary fractions.
CREATE OR REPLACE MACRO rate_bin(rate, n, k) AS
    least(19, CASE WHEN n > 0 THEN (20 * k) // n ELSE floor(round(rate * 20, 9)) END)::INTEGER
