package engine

import "time"

// Identity is who is connected, once that is established.
type Identity struct {
	User   string
	Groups []string
	// Administrator may see and end what belongs to others.
	Administrator bool
	// Method tells how the identity was established.
	Method string
	// Expires is when it must be established anew; zero for never.
	Expires time.Time
}
