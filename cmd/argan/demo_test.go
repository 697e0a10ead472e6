package main

import "testing"

// What does not go together is a wrong command line, and nothing is made of it.
func TestDemoFlags(t *testing.T) {
	for _, args := range [][]string{
		{"demo", "--brokers", "127.0.0.1:1"},
		{"demo", "--rate", "5"},
		{"demo", "--stream", "--dbt"},
		{"demo", "--stream", "--rate", "quick"},
	} {
		if got := run(append(args, "--warehouse", t.TempDir())); got != 2 {
			t.Errorf("%v ends with %d, expected 2", args, got)
		}
	}
	if got := run([]string{"demo", "--stream", "--rate", "0", "--flight-port", "off", "--http-port", "off", "--hive-port", "off", "--warehouse", t.TempDir()}); got != 1 {
		t.Errorf("a rate of 0 ends with %d, expected 1", got)
	}
}
