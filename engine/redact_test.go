package engine

import "testing"

func TestRedacted(t *testing.T) {
	const hidden = "'*********(redacted)'"
	for sql, want := range map[string]string{
		"SELECT * FROM read_kafka(subscribe => 't', `kafka.sasl.jaas.config` => 'x required password=\"p\";')": "SELECT * FROM read_kafka(subscribe => 't', `kafka.sasl.jaas.config` => " + hidden + ")",
		"CREATE TABLE k USING kafka OPTIONS ('kafka.sasl.jaas.config' = 'it\\'s p', subscribe 't')":            "CREATE TABLE k USING kafka OPTIONS ('kafka.sasl.jaas.config' = " + hidden + ", subscribe 't')",
		"SET app.password = 'p'": "SET app.password = " + hidden,
		"SELECT from_avro(v, map('avro.basic.auth.userInfo', 'u:p'))": "SELECT from_avro(v, map('avro.basic.auth.userInfo', " + hidden + "))",
		"CREATE USER u PASSWORD 'p'":                                  "CREATE USER u PASSWORD " + hidden,
		"SELECT name FROM people WHERE name = 'p'":                    "SELECT name FROM people WHERE name = 'p'",
	} {
		if got := redacted(sql); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", sql, got, want)
		}
	}
}
