package sqlerr

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryClassFileParses(t *testing.T) {
	for file, atLeast := range map[string]int{"spark": 850, "delta": 400, "argan": 15} {
		raw, err := classFiles.ReadFile("classes/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		entries := map[string]classEntry{}
		if err := json.Unmarshal(raw, &entries); err != nil {
			t.Errorf("%s.json: %v", file, err)
		}
		if len(entries) < atLeast {
			t.Errorf("%s.json has %d classes, want at least %d", file, len(entries), atLeast)
		}
		for name, e := range entries {
			if len(e.Message) == 0 && len(e.SubClass) == 0 {
				t.Errorf("%s.json: %s has neither a message nor sub-classes", file, name)
			}
			if e.State != "" && len(e.State) != 5 {
				t.Errorf("%s.json: %s has the SQLSTATE %q", file, name, e.State)
			}
		}
	}
}

func TestCommonClassesResolve(t *testing.T) {
	for _, c := range []struct{ class, state string }{
		{"TABLE_OR_VIEW_NOT_FOUND", "42P01"},
		{"TABLE_OR_VIEW_ALREADY_EXISTS", "42P07"},
		{"SCHEMA_NOT_FOUND", "42704"},
		{"PARSE_SYNTAX_ERROR", "42601"},
		{"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703"},
		{"UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703"},
		{"UNRESOLVED_ROUTINE", "42883"},
		{"AMBIGUOUS_REFERENCE", "42704"},
		{"MISSING_AGGREGATION", "42803"},
		{"DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09"},
		{"DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "42K09"},
		{"CAST_INVALID_INPUT", "22018"},
		{"CAST_OVERFLOW", "22003"},
		{"ARITHMETIC_OVERFLOW", "22003"},
		{"DIVIDE_BY_ZERO", "22012"},
		{"INVALID_ARRAY_INDEX", "22003"},
		{"SCALAR_SUBQUERY_TOO_MANY_ROWS", "21000"},
		{"UNBOUND_SQL_PARAMETER", "42P02"},
		{"UNSUPPORTED_FEATURE.ARGAN", "0A000"},
		{"DELTA_CONCURRENT_APPEND", "2D521"},
		{"DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE", "21506"},
		{"DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001"},
		{"DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "23502"},
		{"DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", "56038"},
		{"MEMORY_LIMIT_EXCEEDED", "53200"},
	} {
		e := New(c.class)
		if e.Class != c.class || e.SQLSTATE != c.state {
			t.Errorf("New(%q) is [%s] SQLSTATE %s, want SQLSTATE %s", c.class, e.Class, e.SQLSTATE, c.state)
		}
	}
}

func TestMessageIsFilled(t *testing.T) {
	e := New("TABLE_OR_VIEW_NOT_FOUND", "relationName", "`t`")
	if !strings.Contains(e.Error(), "[TABLE_OR_VIEW_NOT_FOUND] The table or view `t` cannot be found.") || !strings.HasSuffix(e.Error(), "SQLSTATE: 42P01") {
		t.Errorf("%s", e.Error())
	}
	if e := New("NO_SUCH_CLASS", "a", "b"); e.Class != "INTERNAL_ERROR" {
		t.Errorf("an unknown class became %s", e.Class)
	}
}

func TestNoticeNamesTheOrigin(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sqlerr/classes/spark.json", "Apache Spark 3.5.3", "sqlerr/classes/delta.json", "Delta Lake 3.2.1", "Apache License 2.0"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("NOTICE does not name %q", want)
		}
	}
}

// TestNamedClassesExist looks for the classes that the program's text names: a class that is in no table would show as an
// INTERNAL_ERROR.
func TestNamedClassesExist(t *testing.T) {
	named := regexp.MustCompile(`sqlerr\.New\("([A-Z_][A-Z0-9_.]*[A-Z0-9])"[,)]`)
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			if _, ok := lookup(string(m[1])); !ok {
				t.Errorf("%s: there is no class %s", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
