-- IN and EXISTS over subqueries that depend on the row around them, with NULLs on both sides.
CREATE TEMPORARY VIEW o(a, b) AS VALUES (1, 1), (2, NULL), (NULL, 3), (NULL, NULL), (4, 4);
CREATE TEMPORARY VIEW i(c, d) AS VALUES (1, 1), (NULL, 3), (5, NULL), (NULL, 4);
SELECT * FROM o WHERE a NOT IN (SELECT c FROM i WHERE i.d = o.b);
--> 2 | NULL
--> NULL | NULL
SELECT * FROM o WHERE a IS NULL AND a NOT IN (SELECT c FROM i WHERE i.d = o.b);
--> NULL | NULL
SELECT * FROM o WHERE a NOT IN (SELECT c FROM i WHERE i.d <> o.b);
--> 2 | NULL
--> NULL | NULL
SELECT a, b, a IN (SELECT c FROM i WHERE i.d = o.b) AS m, a NOT IN (SELECT c FROM i WHERE i.d = o.b) AS n FROM o;
--> 1 | 1 | true | false
--> 2 | NULL | false | true
--> NULL | 3 | NULL | NULL
--> NULL | NULL | false | true
--> 4 | 4 | NULL | NULL
SELECT * FROM o WHERE b = (SELECT max(d) FROM i WHERE o.a = 1 AND i.d NOT IN (SELECT c FROM i WHERE c IS NOT NULL AND c > 1));
--0
SELECT a FROM o WHERE EXISTS (SELECT p FROM (SELECT o.a, c FROM i) v(p, q) WHERE q >= 1 AND EXISTS (SELECT 1 FROM i WHERE i.c = v.p));
--> 1
SELECT a FROM o WHERE EXISTS (SELECT p FROM (SELECT o.a AS p, c FROM i LIMIT 1) v WHERE p = 4);
--> 4
SELECT o.a, v.* FROM o, LATERAL (SELECT DISTINCT c FROM VALUES (1, 1), (1, 2), (2, 1) AS w(c, d) WHERE w.d <= o.b) v WHERE o.a = 4;
--> 4 | 1
--> 4 | 2
SELECT o.a, v.* FROM o, LATERAL (SELECT DISTINCT c FROM VALUES (1, 1), (1, 1), (2, 1) AS w(c, d) WHERE w.d = o.b) v;
--> 1 | 1
--> 1 | 2
