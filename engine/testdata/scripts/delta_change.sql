-- UPDATE, DELETE, MERGE and TRUNCATE, with and without deletion vectors, with the change data feed.
CREATE TABLE chg (id INT, s STRING, n INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', 'delta.enableDeletionVectors' = 'false');
INSERT INTO chg VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, NULL, 4);
UPDATE chg SET n = n * 10, s = upper(s) WHERE id <= 2;
--> 2
DELETE FROM chg WHERE s IS NULL;
--> 1
DELETE FROM chg WHERE id = 99;
--> 0
SELECT * FROM chg;
--> 1 | A | 10
--> 2 | B | 20
--> 3 | c | 3
MERGE INTO chg t USING (SELECT * FROM VALUES (1, 'm'), (3, 'del'), (9, 'new') AS v(id, s)) v ON t.id = v.id
WHEN MATCHED AND v.s = 'del' THEN DELETE
WHEN MATCHED THEN UPDATE SET s = v.s
WHEN NOT MATCHED THEN INSERT (id, s) VALUES (v.id, v.s)
WHEN NOT MATCHED BY SOURCE THEN UPDATE SET n = -1;
--> 4 | 2 | 1 | 1
SELECT * FROM chg;
--> 1 | m | 10
--> 2 | B | -1
--> 9 | new | NULL
SELECT id, s, _change_type, _commit_version FROM table_changes('chg', 4) ORDER BY ALL;
--> 1 | A | update_preimage | 4
--> 1 | m | update_postimage | 4
--> 2 | B | update_postimage | 4
--> 2 | B | update_preimage | 4
--> 3 | c | delete | 4
--> 9 | new | insert | 4
MERGE INTO chg t USING (SELECT 1 AS id UNION ALL SELECT 1) v ON t.id = v.id WHEN MATCHED THEN UPDATE SET n = 0;
--! DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE
CREATE TABLE chg_dv (id INT, s STRING) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true');
INSERT INTO chg_dv SELECT id, concat('v', id) FROM range(1000);
DELETE FROM chg_dv WHERE id % 10 = 0;
--> 100
UPDATE chg_dv SET s = 'u' WHERE id % 10 = 1;
--> 100
SELECT count(*), sum(id), count_if(s = 'u') FROM chg_dv;
--> 900 | 450000 | 100
SELECT count(*) FROM chg_dv VERSION AS OF 1;
--> 1000
MERGE INTO chg_dv t USING (SELECT id FROM range(995, 1005)) v ON t.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, s) VALUES (v.id, 'm');
--> 10 | 0 | 5 | 5
SELECT count(*), max(id) FROM chg_dv;
--> 900 | 1004
DELETE FROM chg_dv WHERE _metadata.row_index = 0;
SELECT count(*) < 900 FROM chg_dv;
--> true
TRUNCATE TABLE chg_dv;
SELECT count(*) FROM chg_dv;
--> 0
RESTORE TABLE chg_dv TO VERSION AS OF 1;
SELECT count(*) FROM chg_dv;
--> 1000
UPDATE chg_dv SET nope = 1;
--! UNRESOLVED_COLUMN.WITH_SUGGESTION
DELETE FROM chg_view_missing;
--! TABLE_OR_VIEW_NOT_FOUND
CREATE TABLE chg_files (id INT) USING parquet;
DELETE FROM chg_files WHERE id = 1;
--! UNSUPPORTED_FEATURE.TABLE_OPERATION
CREATE TABLE chg_only (id INT) TBLPROPERTIES ('delta.appendOnly' = 'true');
INSERT INTO chg_only VALUES (1);
DELETE FROM chg_only WHERE id = 1;
--! DELTA_CANNOT_MODIFY_APPEND_ONLY
-- Row tracking: ids stay with their rows.
CREATE TABLE chg_rt (id INT) TBLPROPERTIES ('delta.enableRowTracking' = 'true', 'delta.enableDeletionVectors' = 'true');
INSERT INTO chg_rt VALUES (10), (20), (30);
INSERT INTO chg_rt VALUES (40);
DELETE FROM chg_rt WHERE id = 10;
SELECT id, _metadata.row_id, _metadata.row_commit_version FROM chg_rt;
--> 20 | 1 | 1
--> 30 | 2 | 1
--> 40 | 3 | 2
DELETE FROM chg_rt WHERE _metadata.row_id = 2;
SELECT id FROM chg_rt;
--> 20
--> 40
SELECT _metadata.row_id FROM chg;
--! FIELD_NOT_FOUND
