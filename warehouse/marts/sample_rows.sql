-- What: Exported rows numbered within their domain and tier, for showing a few: sample_rank 1 is the
-- first. The prompt is the problem's last message.
-- Grain: build_id, example_id.
-- Trap: The order within a domain and tier is by hash, so a low rank is an arbitrary row, not a best
-- one; the prompt lacks what the export renders around it.
-- Needs: example_facts
CREATE OR REPLACE VIEW sample_rows AS
SELECT
    f.build_id, f.example_id, f.split, f.domain, f.tier, f.mode, f.pass_rate, f.reference, f.method,
    f.is_simulated, f.data_source, f.licence, f.catalog_id,
    p.messages ->> '$[#-1].content' AS prompt,
    p.ground_truth,
    row_number() OVER (
        PARTITION BY f.build_id, f.domain, f.tier ORDER BY md5(f.example_id), f.example_id
    ) AS sample_rank
FROM example_facts AS f
JOIN problems AS p ON p.build_id = f.build_id AND p.problem_id = f.problem_id
