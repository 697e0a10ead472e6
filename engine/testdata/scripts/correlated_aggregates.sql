-- An aggregate without GROUP BY has a row even where nothing matches, wherever in a correlated subquery it stands.
CREATE TEMPORARY VIEW t1(c1, c2) AS VALUES (0, 1), (1, 2);
CREATE TEMPORARY VIEW t2(c1, c2) AS VALUES (0, 2), (0, 3);
SELECT *, (SELECT count(*) FROM t2 WHERE t1.c1 = t2.c1 HAVING count(*) <= 1) FROM t1;
--> 0 | 1 | NULL
--> 1 | 2 | 0
SELECT * FROM t1, LATERAL (SELECT sum(cnt) FROM (SELECT count(*) cnt FROM t2 WHERE t1.c1 = t2.c1));
--> 0 | 1 | 2
--> 1 | 2 | 0
SELECT * FROM t1, LATERAL (SELECT count(cnt) FROM (SELECT count(*) cnt FROM t2 WHERE t1.c1 = t2.c1));
--> 0 | 1 | 1
--> 1 | 2 | 1
SELECT * FROM t1, LATERAL (SELECT * FROM (SELECT count(*) cnt FROM t2 WHERE t1.c1 = t2.c1) JOIN t2 ON cnt = t2.c1);
--> 1 | 2 | 0 | 0 | 2
--> 1 | 2 | 0 | 0 | 3
SELECT * FROM t1, LATERAL (SELECT count(c2) FROM t2 WHERE t2.c1 = t1.c1 UNION DISTINCT SELECT max(c1) FROM t2 WHERE t2.c1 > t1.c1);
--> 0 | 1 | 2
--> 0 | 1 | NULL
--> 1 | 2 | 0
--> 1 | 2 | NULL
SELECT * FROM t1 WHERE EXISTS (SELECT count(*) FROM t2 WHERE t2.c1 = t1.c1);
--> 0 | 1
--> 1 | 2
SELECT * FROM t1 WHERE 0 IN (SELECT count(*) FROM t2 WHERE t2.c1 = t1.c1);
--> 1 | 2
SELECT * FROM t1 WHERE 2 NOT IN (SELECT count(*) FROM t2 WHERE t2.c1 = t1.c1);
--> 1 | 2
