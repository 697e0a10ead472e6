-- INSERT into Delta tables: by position and by name, defaults, overwrites, what is refused.
CREATE TABLE ins_a (id INT, s STRING DEFAULT 'd', n BIGINT) TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported');
INSERT INTO ins_a VALUES (1, 'x', 10), (2, DEFAULT, NULL);
INSERT INTO ins_a (n, id) VALUES (30, 3);
INSERT INTO ins_a BY NAME SELECT 40L AS n, 4 AS id, 'y' AS s;
SELECT * FROM ins_a;
--> 1 | x | 10
--> 2 | d | NULL
--> 3 | d | 30
--> 4 | y | 40
INSERT INTO ins_a BY NAME SELECT 5 AS id, 1 AS zz;
--! INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS
INSERT INTO ins_a VALUES (5);
--! DELTA_INSERT_COLUMN_ARITY_MISMATCH
INSERT INTO ins_a VALUES (5, 'a', 1, 2);
--! INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS
INSERT INTO ins_a VALUES ('nine', 'a', 1);
--! CAST_INVALID_INPUT
ALTER TABLE ins_a ALTER COLUMN s SET DEFAULT 'e';
INSERT INTO ins_a (id) VALUES (6);
ALTER TABLE ins_a ALTER COLUMN s DROP DEFAULT;
INSERT INTO ins_a (id) VALUES (7);
SELECT id, s FROM ins_a WHERE id > 4;
--> 6 | e
--> 7 | NULL
INSERT INTO ins_a REPLACE WHERE id > 3 VALUES (8, 'r', 0);
SELECT id FROM ins_a;
--> 1
--> 2
--> 3
--> 8
INSERT INTO ins_a REPLACE WHERE id > 3 VALUES (1, 'r', 0);
--! DELTA_REPLACE_WHERE_MISMATCH
INSERT OVERWRITE ins_a SELECT 9, 'o', 9;
SELECT * FROM ins_a;
--> 9 | o | 9
CREATE TABLE ins_p (id INT, p STRING) PARTITIONED BY (p);
INSERT INTO ins_p VALUES (1, 'a'), (2, 'b'), (3, ''), (4, NULL), (5, 'x/y=z');
SELECT id, p FROM ins_p;
--> 1 | a
--> 2 | b
--> 3 | NULL
--> 4 | NULL
--> 5 | x/y=z
INSERT OVERWRITE ins_p PARTITION (p = 'a') SELECT 10;
SET spark.sql.sources.partitionOverwriteMode = DYNAMIC;
INSERT OVERWRITE ins_p VALUES (20, 'b'), (60, 'f');
SELECT id, p FROM ins_p;
--> 10 | a
--> 20 | b
--> 3 | NULL
--> 4 | NULL
--> 5 | x/y=z
--> 60 | f
RESET spark.sql.sources.partitionOverwriteMode;
SHOW PARTITIONS ins_p;
--> p=a
--> p=b
--> p=f
--> p=__HIVE_DEFAULT_PARTITION__
--> p=x/y=z
-- A struct that has to be cast is built anew, its NULLs with it; one of the same type is stored as it is.
CREATE TABLE ins_s (id INT, st STRUCT<x: INT, y: STRING>);
INSERT INTO ins_s VALUES (1, named_struct('x', 1, 'y', 'p')), (2, NULL);
INSERT INTO ins_s VALUES (3, NULL);
SELECT id, st IS NULL FROM ins_s;
--> 1 | false
--> 2 | false
--> 3 | true
CREATE TABLE ins_t (id INT, st STRUCT<x: INT, y: STRING>);
INSERT INTO ins_t SELECT * FROM ins_s;
SELECT id FROM ins_t WHERE st IS NULL;
--> 3
CREATE TABLE ins_n (id INT NOT NULL, c INT, CONSTRAINT positive CHECK (c > 0));
INSERT INTO ins_n VALUES (NULL, 1);
--! DELTA_NOT_NULL_CONSTRAINT_VIOLATED
INSERT INTO ins_n VALUES (1, 0);
--! DELTA_VIOLATE_CONSTRAINT_WITH_VALUES
INSERT INTO ins_n VALUES (1, 1);
SELECT * FROM ins_n;
--> 1 | 1
CREATE TABLE ins_g (ts TIMESTAMP, d DATE GENERATED ALWAYS AS (CAST(ts AS DATE)));
INSERT INTO ins_g (ts) VALUES (TIMESTAMP '2024-05-06 07:08:09');
INSERT INTO ins_g VALUES (TIMESTAMP '2024-05-06 07:08:09', DATE '2000-01-01');
--! DELTA_VIOLATE_CONSTRAINT_WITH_VALUES
SELECT d FROM ins_g;
--> 2024-05-06
INSERT INTO ins_nowhere VALUES (1);
--! TABLE_OR_VIEW_NOT_FOUND
CREATE TABLE ins_i (id BIGINT GENERATED ALWAYS AS IDENTITY, x INT);
--! UNSUPPORTED_FEATURE.ARGAN
SET spark.databricks.delta.schema.autoMerge.enabled = true;
INSERT INTO ins_n BY NAME SELECT 2 AS id, 2 AS c, 'new' AS extra;
RESET spark.databricks.delta.schema.autoMerge.enabled;
SELECT * FROM ins_n;
--> 1 | 1 | NULL
--> 2 | 2 | new
