-- Names in odd places: variables, IDENTIFIER, keywords as aliases, temporary views over tables that change.
SET hivevar:colname = 'c';
SELECT IDENTIFIER(${colname} || '_1') FROM VALUES (1) AS t(c_1);
--> 1
SELECT IDENTIFIER('``') FROM VALUES (2) AS t(``);
--> 2
SELECT count(*) FROM FROM VALUES (1), (2) AS t(a);
--> 2
CACHE TABLE IDENTIFIER('names' || '_cached') AS SELECT 1 AS a;
SELECT * FROM names_cached;
--> 1
CREATE TABLE names_t USING parquet AS SELECT 1 AS a;
CREATE TEMPORARY VIEW names_v AS SELECT * FROM names_t;
DROP TABLE names_t;
CREATE TABLE names_t USING parquet AS SELECT 1 AS b;
SELECT * FROM names_v;
--! INCOMPATIBLE_VIEW_SCHEMA_CHANGE
SELECT timestamp 'tomorrow EST' = timestamp 'tomorrow', timestamp 'today Zulu' = timestamp 'today';
--> true | true
