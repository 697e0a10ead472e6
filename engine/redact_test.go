package engine

import (
	"strings"
	"testing"
)

func TestRedacted(t *testing.T) {
	const h = "'" + hidden + "'"
	token := "argan_0123456789abcdefghijABCDEFGHIJ_-0123456789x"
	for sql, want := range map[string]string{
		"SELECT * FROM read_kafka(subscribe => 't', `kafka.sasl.jaas.config` => 'x required password=\"p\";')": "SELECT * FROM read_kafka(subscribe => 't', `kafka.sasl.jaas.config` => " + h + ")",
		"CREATE TABLE k USING kafka OPTIONS ('kafka.sasl.jaas.config' = 'it\\'s p', subscribe 't')":            "CREATE TABLE k USING kafka OPTIONS ('kafka.sasl.jaas.config' = " + h + ", subscribe 't')",
		"SET app.password = 'p'":        "SET app.password = " + h,
		"SET app.password=p q":          "SET app.password=" + h,
		"SET `app.token` = x; SELECT 1": "SET `app.token` = " + h + "; SELECT 1",
		"SET app.name = x":              "SET app.name = x",
		"SELECT from_avro(v, map('avro.basic.auth.userInfo', 'u:p'))":               "SELECT from_avro(v, map('avro.basic.auth.userInfo', " + h + "))",
		"CREATE USER u PASSWORD 'p'":                                                "CREATE USER u PASSWORD " + h,
		"create user u password\n\t'p' IN GROUP g":                                  "create user u password\n\t" + h + " IN GROUP g",
		"CREATE USER u PASSWORD \"p\"":                                              "CREATE USER u PASSWORD " + h,
		"CREATE USER u PASSWORD r'p'":                                               "CREATE USER u PASSWORD " + h,
		"CREATE USER u PASSWORD 'p' 'q'\n\"r\" IN GROUP g":                          "CREATE USER u PASSWORD " + h + " IN GROUP g",
		"CREATE USER u PASSWORD 'it''s'":                                            "CREATE USER u PASSWORD " + h,
		"CREATE USER u PASSWORD /* x */ 'p' -- y\n 'q'":                             "CREATE USER u PASSWORD /* x */ " + h,
		"CREATE USER u PASSWORD 'never closed":                                      "CREATE USER u PASSWORD " + h,
		"CREATE USER u PASSWORD HASH '$argon2id$v=19$m=64,t=1,p=1$c2$Q' IN GROUP g": "CREATE USER u PASSWORD HASH " + h + " IN GROUP g",
		"ALTER USER u PASSWORD HASH '1' '2'":                                        "ALTER USER u PASSWORD HASH " + h,
		"SELECT '$argon2id$v=19$m=64,t=1,p=1$c2$Q'":                                 "SELECT '" + hidden + "'",
		"SELECT '" + token + "'":                                                    "SELECT '" + hidden + "'",
		"curl -H Authorization: Bearer " + token:                                    "curl -H Authorization: Bearer " + hidden,
		"Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxNyJ9.c2ln rest":                    "Bearer " + hidden + " rest",
		"SELECT * FROM t -- http://ann:pw@host/x":                                   "SELECT * FROM t -- http://ann:" + hidden + "@host/x",
		"INSERT INTO t VALUES ('{\"api_key\": \"k\"}')":                             "INSERT INTO t VALUES ('{\"api_key\": " + h + "}')",
		"TBLPROPERTIES ('fs.s3a.secret.key' = 'k', 'fs.s3a.access.key'='i')":        "TBLPROPERTIES ('fs.s3a.secret.key' = " + h + ", 'fs.s3a.access.key'=" + h + ")",
		"SELECT name FROM people WHERE name = 'p'":                                  "SELECT name FROM people WHERE name = 'p'",
		"SELECT count(*) FROM argan_users":                                          "SELECT count(*) FROM argan_users",
	} {
		if got := redacted(sql); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", sql, got, want)
		}
		if again := redacted(redacted(sql)); again != want {
			t.Errorf("%s\nredacted twice becomes %s", sql, again)
		}
	}
}

// TestSecretsStayHidden: of what was typed as a secret nothing is left in the history, the audit log, and what is shown of tables.
func TestSecretsStayHidden(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	const secret = "Xyzzy-17"
	jaas := "'org.apache.kafka.common.security.scram.ScramLoginModule required username=\"u\" password=\"" + secret + "\";'"
	options := "('kafka.bootstrap.servers' = '127.0.0.1:1', subscribe 't', 'kafka.security.protocol' = 'SASL_PLAINTEXT', 'kafka.sasl.mechanism' = 'SCRAM-SHA-256', 'kafka.sasl.jaas.config' = " + jaas + ")"
	var answers []string
	for _, sql := range []string{
		"CREATE TABLE k USING kafka OPTIONS " + options,
		"CREATE TABLE d (a INT) USING delta TBLPROPERTIES ('app.password' = '" + secret + "')",
		"CREATE VIEW v AS SELECT 1 AS a, map('app.password', '" + secret + "') AS m",
		"SET app.password = " + secret,
		"CREATE USER u PASSWORD\n  '" + secret + "' NONSENSE",
		"CREATE USER u PASSWORD 'Xyzzy' '-17'\n 'more' NONSENSE",
		"ALTER USER nobody PASSWORD '" + secret + "'",
		"SELECT CAST(map('app.token', '" + secret + "')['app.token'] AS INT)",
		"CREATE USER u PASSWORD '" + secret,
	} {
		_, _ = tryRows(s, sql)
	}
	for _, sql := range []string{
		"SHOW CREATE TABLE k", "DESCRIBE EXTENDED k", "SHOW TABLE EXTENDED LIKE 'k'", "SHOW TBLPROPERTIES k", "SHOW CREATE TABLE d", "DESCRIBE EXTENDED d", "DESCRIBE DETAIL d", "DESCRIBE HISTORY d", "SHOW TBLPROPERTIES d", "SHOW TBLPROPERTIES d ('app.password')",
		"SHOW TABLE EXTENDED LIKE 'd'", "SHOW CREATE TABLE v", "DESCRIBE EXTENDED v", "SHOW TABLE EXTENDED LIKE 'v'", "SET", "SET app.password", "EXPLAIN SELECT * FROM k",
		"SELECT statement, error FROM system.query_history", "SELECT statement, detail FROM system.audit",
	} {
		got, err := tryRows(s, sql)
		if err != nil && !strings.HasSuffix(sql, " k") {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		answers = append(answers, sql+": "+strings.Join(got, "\n"))
	}
	for _, a := range answers {
		for _, part := range []string{secret, "'Xyzzy'", "'-17'"} {
			if strings.Contains(a, part) {
				t.Errorf("%q is shown by %s", part, a)
			}
		}
	}
	if got := withoutSecretsOf("CREATE USER u PASSWORD\n'p'", "line 2: 'p'"); strings.Contains(got, "'p'") {
		t.Error(got)
	}
}
