-- What: One bound of a percentile interval over replicates of resampling.
-- Source: Percentile bootstrap (Efron 1979), linear between replicates, as numpy.quantile.
-- Trap: Replicates without a finite value are left out; NULL where none has one.
CREATE OR REPLACE MACRO bound(value, replicate, level) AS
    quantile_cont(value, level) FILTER (WHERE replicate > 0 AND isfinite(value))
