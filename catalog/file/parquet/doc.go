// Package parquet reads and writes Parquet files as vectors.
//
// In: an io.ReaderAt (or io.Writer) and the wanted schema. Out: one vector per column chunk, Flat or, for strings that
// are dictionary coded in the file, Dict with the codes kept; typed statistics; and, for the writer, the statistics of
// each leaf. Nothing here knows of tables: Delta, plain folders and exports share it.
//
// A column chunk is read at once, page by page, straight into the vector that the caller may cache. Nothing in a file is
// trusted: sizes are bounded before memory is taken, codes are checked before they index a dictionary, and whatever is
// wrong answers FILE_CORRUPT with the file's path.
//
// Values are moved between files and vectors as little-endian words without conversion; the package is meant for
// little-endian machines (amd64, arm64).
package parquet
