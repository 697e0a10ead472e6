package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/argan-sql/argan/sqlerr"
)

func TestSystemTablesAreTables(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	if got := rows(t, s, "SHOW DATABASES LIKE 'system'"); len(got) != 1 || got[0] != "system" {
		t.Errorf("%q", got)
	}
	listed := rows(t, s, "SHOW TABLES IN system")
	if len(listed) != len(systemTables) {
		t.Errorf("%q", listed)
	}
	for name, table := range systemTables {
		described := rows(t, s, "DESCRIBE system."+name)
		if len(described) != len(table.columns) {
			t.Errorf("%s has %d columns, DESCRIBE shows %d", name, len(table.columns), len(described))
		}
		for i, line := range described {
			cells := strings.Split(line, "|")
			if cells[0] != table.columns[i].Name || cells[2] == "" || cells[2] == "NULL" {
				t.Errorf("%s: %s", name, line)
			}
		}
		rows(t, s, "DESCRIBE EXTENDED system."+name)
		rows(t, s, "SELECT * FROM system."+name)
		rows(t, s, "SELECT count(*) FROM spark_catalog.system."+name+" LIMIT 1")
	}
	run(t, s, "USE system")
	if got := one(t, s, "SELECT count(*) FROM running r JOIN sessions s ON r.session_id = s.session_id WHERE r.state = 'RUNNING' AND s.running = 1"); got != "1" {
		t.Errorf("the statement sees %s of itself", got)
	}
	run(t, s, "USE default", "CREATE TABLE copy AS SELECT * FROM system.query_history", "CREATE TABLE shape LIKE system.sessions")
	tables, err := s.Tables(context.Background(), LikePattern(pointer("system")), LikePattern(nil), true)
	if err != nil || len(tables) != len(systemTables) {
		t.Fatal(len(tables), err)
	}
	for _, table := range tables {
		if table.Type != "SYSTEM TABLE" || table.Columns == nil {
			t.Errorf("%+v", table)
		}
	}
}

func pointer(s string) *string { return &s }

func TestSystemDatabaseIsReadOnly(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE t (a INT)")
	for _, sql := range []string{
		"CREATE DATABASE system", "DROP DATABASE system", "DROP DATABASE system CASCADE", "ALTER DATABASE system SET DBPROPERTIES ('a' = 'b')", "COMMENT ON DATABASE system IS 'x'",
		"CREATE TABLE system.t (a INT)", "CREATE TABLE system.t AS SELECT 1 AS a", "CREATE OR REPLACE TABLE system.running (a INT)", "CREATE VIEW system.v AS SELECT 1",
		"DROP TABLE system.running", "DROP TABLE system.query_history", "ALTER TABLE system.running ADD COLUMNS (a INT)", "ALTER TABLE system.running RENAME TO default.r", "ALTER TABLE t RENAME TO system.t",
		"INSERT INTO system.sessions SELECT * FROM system.sessions", "TRUNCATE TABLE system.query_history",
		"COMMENT ON TABLE system.running IS 'x'",
	} {
		err := s.Exec(context.Background(), sql)
		if !sqlerr.Is(err, "SYSTEM_DATABASE") || !strings.Contains(err.Error(), "`system`") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, sql := range []string{
		"DELETE FROM system.query_history", "UPDATE system.sessions SET user = 'x'", "MERGE INTO system.sessions t USING system.sessions s ON t.user = s.user WHEN MATCHED THEN DELETE",
	} {
		if err := s.Exec(context.Background(), sql); !sqlerr.Is(err, "UNSUPPORTED_FEATURE.TABLE_OPERATION") || !strings.Contains(err.Error(), "`system`") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, sql := range []string{"OPTIMIZE system.running", "VACUUM system.running", "RESTORE TABLE system.running TO VERSION AS OF 0", "SELECT * FROM system.running VERSION AS OF 1", "DROP VIEW system.running"} {
		if err := s.Exec(context.Background(), sql); err == nil || sqlerr.Is(err, "INTERNAL_ERROR") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestUsersSeeTheirOwnStatements(t *testing.T) {
	e := openTest(t, "")
	as := func(o SessionOptions) *Session {
		s, err := e.NewSession(o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	ann := as(SessionOptions{Identity: &Identity{User: "ann"}, Protocol: "flight", Client: "adbc", Address: "10.0.0.1:5"})
	bob := as(SessionOptions{Identity: &Identity{User: "bob"}})
	boss := as(SessionOptions{Identity: &Identity{User: "boss", Administrator: true}})
	st, err := ann.Prepare(context.Background(), Request{SQL: "SELECT id FROM range(7)", Tag: "nightly"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := idSum(st.Run(context.Background())); err != nil {
		t.Fatal(err)
	}
	fails(t, ann, "SELECT * FROM missing", "TABLE_OR_VIEW_NOT_FOUND")
	const question = "SELECT concat_ws(',', user, protocol, client, address, tag, name, state, rows_out, coalesce(error_class, 'none'), run_ms > 0, submitted_at <= ended_at) FROM system.query_history WHERE user = 'ann' AND statement LIKE 'SELECT%' AND statement NOT LIKE '%concat_ws%' ORDER BY ended_at"
	want := "ann,flight,adbc,10.0.0.1:5,nightly,SELECT,SUCCEEDED,7,none,true,true ann,flight,adbc,10.0.0.1:5,FAILED,0,TABLE_OR_VIEW_NOT_FOUND,false,true"
	for who, s := range map[string]*Session{"ann": ann, "boss": boss} {
		if got := strings.Join(rows(t, s, question), " "); got != want {
			t.Errorf("%s sees %q", who, got)
		}
	}
	if got := rows(t, bob, question); len(got) != 0 {
		t.Errorf("bob sees %q", got)
	}
	if got := strings.Join(rows(t, bob, "SELECT user FROM system.sessions"), " "); got != "bob" {
		t.Errorf("bob sees the sessions of %s", got)
	}
	if got := strings.Join(rows(t, boss, "SELECT user FROM system.sessions ORDER BY user"), " "); got != "ann bob boss" {
		t.Errorf("an administrator sees the sessions of %s", got)
	}
	if got := one(t, boss, "SELECT count(*) FROM system.sessions WHERE session_id = '"+ann.ID()+"'"); got != "0" {
		t.Error("the list of sessions tells what is needed to take one over")
	}
}
