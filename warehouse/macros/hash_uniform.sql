-- What: A number in (0, 1) that depends on a text alone: equal on every machine and in every version.
-- Source: The upper 52 of the last 64 bits, little-endian, of the text's MD5, moved by half a step.
CREATE OR REPLACE MACRO hash_uniform(key) AS
    ((md5_number_lower(key) >> 12)::DOUBLE + 0.5) / 4503599627370496
