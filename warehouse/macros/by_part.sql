-- What: Whether a metric is a mean over the parts of its suite, whatever number of problems each has.
-- Source: MT-Bench (arXiv 2306.05685) rates each turn; LiveBench (arXiv 2406.19314) takes the mean over
-- categories of the mean over their tasks.
-- Trap: Of any other metric all problems count alike, also where the suite has parts.
CREATE OR REPLACE MACRO by_part(metric) AS metric IN ('rating', 'average')
