//go:build !linux

package storage

import "os"

// placeNew gives a finished temporary file its name, unless the name is taken.
func placeNew(from, to string) error { return os.Link(from, to) }
