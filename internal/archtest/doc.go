// Package archtest holds the test that keeps the direction of imports: the table of rooms and what each may import.
//
// In: what `go list` says of every package. Out: a failing test that names the package, the import and the rule. It is
// a package of its own so that the rules have one place; nothing imports it.
package archtest
