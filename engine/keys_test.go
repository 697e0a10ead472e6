package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/argan-sql/argan/engine"
)

// texts runs a query and gives its rows, cells joined by a space.
func texts(t *testing.T, s *engine.Session, sql string) []string {
	t.Helper()
	r, err := s.Query(t.Context(), engine.Request{SQL: sql})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer r.Close()
	var out []string
	for {
		b, err := r.Next(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if b == nil {
			return out
		}
		for row := range b.Len() {
			var cells []string
			for i := range b.Cols {
				cells = append(cells, fmt.Sprint(b.Column(i).Value(row)))
			}
			out = append(out, strings.Join(cells, " "))
		}
	}
}

func TestKeysStayTrue(t *testing.T) {
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s, err := e.NewSession(engine.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mapped := " TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5')"
	keys := func() string {
		t.Helper()
		list, err := s.Keys(t.Context(), func(engine.TableKey) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, k := range list {
			text := fmt.Sprintf("%s.%s(%s)", k.OwnTable, k.Name, strings.Join(k.Columns, ","))
			if k.Foreign {
				text += fmt.Sprintf("->%s.%s(%s)", k.Table, k.PrimaryName, strings.Join(k.Referenced, ","))
			}
			out = append(out, text)
		}
		return strings.Join(out, " ")
	}
	for _, step := range []struct{ sql, keys string }{
		{"CREATE TABLE regions (id INT NOT NULL PRIMARY KEY)" + mapped, "regions.regions_pk(id)"},
		{
			"CREATE TABLE shops (id BIGINT NOT NULL, region INT, boss BIGINT, CONSTRAINT k PRIMARY KEY (id) RELY, FOREIGN KEY (region) REFERENCES regions, FOREIGN KEY (boss) REFERENCES shops)" + mapped,
			"regions.regions_pk(id) shops.k(id) shops.shops_regions_fk(region)->regions.regions_pk(id) shops.shops_shops_fk(boss)->shops.k(id)",
		},
		{"ALTER TABLE regions RENAME COLUMN id TO number", "regions.regions_pk(number) shops.k(id) shops.shops_regions_fk(region)->regions.regions_pk(number) shops.shops_shops_fk(boss)->shops.k(id)"},
		{"ALTER TABLE shops RENAME COLUMN id TO nr", "regions.regions_pk(number) shops.k(nr) shops.shops_regions_fk(region)->regions.regions_pk(number) shops.shops_shops_fk(boss)->shops.k(nr)"},
		{"ALTER TABLE regions RENAME TO areas", "areas.regions_pk(number) shops.k(nr) shops.shops_regions_fk(region)->areas.regions_pk(number) shops.shops_shops_fk(boss)->shops.k(nr)"},
		{"ALTER TABLE shops RENAME TO stores", "areas.regions_pk(number) stores.k(nr) stores.shops_regions_fk(region)->areas.regions_pk(number) stores.shops_shops_fk(boss)->stores.k(nr)"},
	} {
		if err := s.Exec(t.Context(), step.sql); err != nil {
			t.Fatalf("%s: %v", step.sql, err)
		}
		if got := keys(); got != step.keys {
			t.Errorf("%s: keys are\n%s, want\n%s", step.sql, got, step.keys)
		}
	}
	created := strings.Join(texts(t, s, "SHOW CREATE TABLE stores"), "\n")
	for _, want := range []string{
		"CONSTRAINT k PRIMARY KEY (nr) RELY", "CONSTRAINT shops_regions_fk FOREIGN KEY (region) REFERENCES default.areas (number)",
		"CONSTRAINT shops_shops_fk FOREIGN KEY (boss) REFERENCES default.stores (nr)",
	} {
		if !strings.Contains(created, want) || strings.Contains(created, "argan.constraint") {
			t.Errorf("SHOW CREATE TABLE does not say %s:\n%s", want, created)
		}
	}
	described := strings.Join(texts(t, s, "DESCRIBE TABLE EXTENDED stores"), "\n")
	if !strings.Contains(described, "# Constraints") || !strings.Contains(described, "k PRIMARY KEY (nr) RELY") {
		t.Errorf("DESCRIBE EXTENDED says\n%s", described)
	}
	// What SHOW CREATE TABLE says makes the table again.
	again := strings.NewReplacer("default.stores (\n", "default.again (\n", "'delta.columnMapping.maxColumnId' = '3',", "").Replace(created)
	if err := s.Exec(t.Context(), again); err != nil {
		t.Errorf("%v", err)
	}
	for _, step := range []struct{ sql, keys string }{
		{"DROP TABLE again", "areas.regions_pk(number) stores.k(nr) stores.shops_regions_fk(region)->areas.regions_pk(number) stores.shops_shops_fk(boss)->stores.k(nr)"},
		{"DROP TABLE areas", "stores.k(nr) stores.shops_shops_fk(boss)->stores.k(nr)"},
		{"ALTER TABLE stores DROP PRIMARY KEY CASCADE", ""},
	} {
		if err := s.Exec(t.Context(), step.sql); err != nil {
			t.Fatalf("%s: %v", step.sql, err)
		}
		if got := keys(); got != step.keys {
			t.Errorf("%s: keys are\n%s, want\n%s", step.sql, got, step.keys)
		}
	}
}
