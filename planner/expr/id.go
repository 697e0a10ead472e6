package expr

import (
	"strings"
	"sync/atomic"
)

var lastID atomic.Uint64

// NewID gives an identity that no other column of this process has.
func NewID() ID { return ID(lastID.Add(1)) }

// Renamed is a copy of a column under a new identity.
func (c *Column) Renamed() *Column {
	n := *c
	n.ID = NewID()
	return &n
}

// AsNullable is the column itself if it may be NULL, or a copy of it that may.
func (c *Column) AsNullable() *Column {
	if c.Null {
		return c
	}
	n := *c
	n.Null = true
	return &n
}

// SQL is the column's name with its qualifier.
func (c *Column) SQL() string {
	return strings.Join(append(append([]string{}, c.Qualifier...), c.Name), ".")
}
