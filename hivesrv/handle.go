package hivesrv

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"

	hive "github.com/beltran/gohive/hiveserver"
)

// handle names a session or an operation to its client: a public part to find it by and a secret one that proves that it
// was given out here.
type handle struct {
	public, secret [16]byte
}

func newHandle() handle {
	var h handle
	_, _ = rand.Read(h.public[:]) // never fails
	_, _ = rand.Read(h.secret[:])
	h.public[6], h.public[8] = h.public[6]&0x0f|0x40, h.public[8]&0x3f|0x80 // clients print it as a UUID
	return h
}

func (h handle) thrift() *hive.THandleIdentifier {
	return &hive.THandleIdentifier{GUID: h.public[:], Secret: h.secret[:]}
}

// matches says whether a client's handle is this one.
func (h handle) matches(id *hive.THandleIdentifier) bool {
	return subtle.ConstantTimeCompare(h.secret[:], id.GetSecret()) == 1
}

// publicOf is the part that a handle is found by; ok is false where it has not the form of one.
func publicOf(id *hive.THandleIdentifier) (public [16]byte, ok bool) {
	if id == nil || len(id.GUID) != len(public) {
		return public, false
	}
	return [16]byte(id.GUID), true
}

// uuid is how Hive's messages show a handle.
func uuid(id *hive.THandleIdentifier) string {
	b := id.GetGUID()
	if len(b) != 16 {
		return fmt.Sprintf("%x", b)
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
