// Package text reads and writes plain text: it undoes compression and encoding, cuts files into lines, and reads the
// text format (a column value, a row per line or per file). CSV and JSON readers stand on its lines.
//
// In: an Input, which is a file or a byte range of one. Out: lines, or batches. Memory is bounded by the longest line.
package text
