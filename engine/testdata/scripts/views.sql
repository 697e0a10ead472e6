-- Views: names of columns, changes below them, temporary ones in permanent ones.
CREATE TABLE v_base (a INT, b STRING);
INSERT INTO v_base VALUES (1, 'x');
CREATE VIEW v_plain AS SELECT * FROM v_base;
CREATE VIEW v_named (p COMMENT 'first', q) AS SELECT a, b FROM v_base;
ALTER TABLE v_base ADD COLUMN c INT FIRST;
SELECT * FROM v_plain;
--> 1 | x
SELECT q, p FROM v_named;
--> x | 1
CREATE OR REPLACE TABLE v_base (a INT);
SELECT * FROM v_plain;
--! INCOMPATIBLE_VIEW_SCHEMA_CHANGE
CREATE OR REPLACE TABLE v_base (z INT, b STRING, a INT);
INSERT INTO v_base VALUES (3, 'b', 2);
SELECT * FROM v_plain;
--> 2 | b
CREATE TEMPORARY VIEW v_temp AS SELECT * FROM v_base;
CREATE VIEW v_over AS SELECT * FROM v_temp;
--! INVALID_TEMP_OBJ_REFERENCE
CREATE OR REPLACE VIEW v_plain AS SELECT * FROM v_plain;
--! RECURSIVE_VIEW
ALTER VIEW v_plain AS SELECT z FROM v_base;
SELECT * FROM v_plain;
--> 3
DROP TABLE v_plain;
--! WRONG_COMMAND_FOR_OBJECT_TYPE
DROP VIEW v_plain;
INSERT INTO v_named VALUES (1, 'x');
--! UNSUPPORTED_INSERT.NOT_ALLOWED
CREATE TABLE v_char (c CHAR(4), d CHAR(6), v VARCHAR(3));
INSERT INTO v_char VALUES ('ab', 'ab', 'ab');
SELECT c = 'ab', c = d, v = 'ab', c IN ('x', 'ab  '), 'ab' <=> c, length(c) FROM v_char;
--> true | true | true | true | true | 4
INSERT INTO v_char VALUES ('abcde', 'x', 'x');
--! EXCEED_LIMIT_LENGTH
