-- Tables of plain files in the catalog: what DESCRIBE and SHOW tell, partitions, TRUNCATE.
CREATE TABLE files_ch(c CHAR(5), v VARCHAR(6) COMMENT 'it\'s') USING parquet COMMENT 'first';
SHOW CREATE TABLE files_ch;
--> "CREATE TABLE spark_catalog.default.files_ch (
-->   c CHAR(5),
-->   v VARCHAR(6) COMMENT 'it\'s')
--> USING parquet
--> COMMENT 'first'
--> "
CREATE TABLE files_copy USING parquet AS SELECT c, v AS w FROM files_ch;
DESCRIBE files_copy;
--> c | char(5) | NULL
--> w | varchar(6) | it's
CREATE VIEW files_view(x) AS SELECT v FROM files_ch;
DESCRIBE files_view;
--> x | varchar(6) | it's
SHOW CREATE TABLE files_view;
--> "CREATE VIEW default.files_view (
-->   x COMMENT 'it\'s')
--> AS SELECT v FROM files_ch
--> "
ALTER TABLE files_ch SET TBLPROPERTIES (comment = 'second', k = 'v');
SHOW TBLPROPERTIES files_ch;
--> k | v
INSERT INTO files_ch VALUES ('a', 'b');
SELECT c = 'a  ' FROM files_ch;
--> true
TRUNCATE TABLE files_ch;
SELECT * FROM files_ch;
--0
MSCK REPAIR TABLE files_ch;
--! NOT_A_PARTITIONED_TABLE
CREATE TABLE files_parts(a INT, d DATE, s STRING) USING parquet PARTITIONED BY (d, s);
ALTER TABLE files_parts ADD PARTITION (d = '2024-01-01', s = 'a/b');
ALTER TABLE files_parts ADD PARTITION (d = '2024-01-01', s = 'a/b');
--! PARTITIONS_ALREADY_EXIST
ALTER TABLE files_parts ADD PARTITION (d = '2024-01-02', s = 'x') LOCATION '/elsewhere';
--! UNSUPPORTED_FEATURE.ARGAN
ALTER TABLE files_parts ADD PARTITION (d = '2024-01-02');
--! _LEGACY_ERROR_TEMP_1232
INSERT INTO files_parts VALUES (1, DATE '2024-01-01', 'a/b'), (2, DATE '2024-01-01', 'a/b'), (3, DATE '2024-01-02', 'c');
DESCRIBE files_parts PARTITION (d = '2024-01-03', s = 'a/b');
--! PARTITIONS_NOT_FOUND
DESCRIBE files_parts PARTITION (d = '2024-01-01', s = 'a/b');
--> a | int | NULL
--> d | date | NULL
--> s | string | NULL
--> # Partition Information | "" | ""
--> # col_name | data_type | comment
--> d | date | NULL
--> s | string | NULL
TRUNCATE TABLE files_parts PARTITION (d = '2024-01-01', s = 'a/b');
SELECT a, s FROM files_parts;
--> 3 | c
ALTER TABLE files_parts DROP PARTITION (d = '2024-01-02', s = 'c');
SELECT * FROM files_parts;
--0
CREATE TEMPORARY VIEW files_none(i INT) USING parquet;
SELECT * FROM files_none;
--0
SHOW CREATE TABLE files_none;
--! _LEGACY_ERROR_TEMP_1270
CREATE TABLE files_base(a INT, b INT) USING parquet;
CREATE VIEW files_star AS SELECT * FROM files_base;
DROP TABLE files_base;
CREATE TABLE files_base(a INT, c INT) USING parquet;
SELECT * FROM files_star;
--! INCOMPATIBLE_VIEW_SCHEMA_CHANGE
