package engine

import (
	"strings"
	"testing"
)

// What Spark 3.5.3 answers, but for ${env:…}.
func TestSubstitute(t *testing.T) {
	settings := map[string]string{"raw": "/x", "a": "${raw}/b", "loop1": "${loop2}", "loop2": "${loop1}"}
	get := func(name string) string { return settings[name] }
	for text, want := range map[string]string{
		"SELECT '${raw}'":          "SELECT '/x'",
		"SELECT '${a}'":            "SELECT '/x/b'",
		"SELECT '${nope}'":         "SELECT ''",
		"SELECT '${hiveconf:raw}'": "SELECT '/x'",
		"SELECT '${hivevar:raw}'":  "SELECT '/x'",
		"SELECT '${spark:raw}'":    "SELECT '/x'",
		"SELECT '${foo:raw}'":      "SELECT '${foo:raw}'",
		"SELECT '${env:HOME}'":     "SELECT '${env:HOME}'",
		"SELECT '${}'":             "SELECT '${}'",
		"SELECT '${ raw }'":        "SELECT '${ raw }'",
		"SELECT '$${raw}'":         "SELECT '$/x'",
		"SELECT '${RAW}'":          "SELECT ''",
		"SELECT '${raw}/${raw}'":   "SELECT '/x//x'",
	} {
		left := 10
		if got, err := replaceReferences(text, get, &left, nil); err != nil || got != want {
			t.Errorf("%s became %s, %v; want %s", text, got, err, want)
		}
	}
	left := 10
	if _, err := replaceReferences("${loop1}", get, &left, nil); err == nil || !strings.Contains(err.Error(), "refers to itself") {
		t.Errorf("a loop gave %v", err)
	}
	left = 10
	if _, err := replaceReferences(strings.Repeat("${a}", 10), get, &left, nil); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("many references gave %v", err)
	}
}
