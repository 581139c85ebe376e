-- What: Which of 1,024 units of resampling a problem belongs to.
-- Source: Problems are resampled, not episodes: episodes of one problem are not independent
-- (cluster bootstrap, Davison and Hinkley 1997, chapter 3.8).
-- Trap: Problems that share a unit, one pair in 1,024, are resampled together: harmless to the
-- interval, and what keeps its cost independent of the number of problems.
CREATE OR REPLACE MACRO resampling_unit(problem_id) AS (md5_number_lower(problem_id) % 1024)::SMALLINT
