package hivesrv

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// The states of a SASL negotiation, the first byte of its frames.
const (
	saslStart byte = iota + 1
	saslOK
	saslBad
	saslError
	saslComplete
)

// maxSASL is the longest frame of a negotiation.
const maxSASL = 1 << 20

// saslFrame is one step of the negotiation.
type saslFrame struct {
	state   byte
	payload []byte
}

func readSASL(r *bufio.Reader) (saslFrame, error) {
	var b [5]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return saslFrame{}, err
	}
	n := binary.BigEndian.Uint32(b[1:])
	if n > maxSASL {
		return saslFrame{}, fmt.Errorf("a SASL frame of %d bytes", n)
	}
	payload, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(payload) < int(n) {
		err = io.ErrUnexpectedEOF
	}
	return saslFrame{b[0], payload}, err
}

func writeSASL(w io.Writer, state byte, payload string) error {
	b := make([]byte, 5, 5+len(payload))
	b[0] = state
	binary.BigEndian.PutUint32(b[1:], uint32(len(payload)))
	_, err := w.Write(append(b, payload...))
	return err
}

// login is what a client says of itself.
type login struct{ user, password, token string }

// refusedMechanism are the mechanisms that clients ask for and that are not spoken here.
var refusedMechanism = map[string]string{
	"GSSAPI":     "Kerberos (GSSAPI) is not supported",
	"DIGEST-MD5": "delegation tokens (DIGEST-MD5) are not supported",
}

// negotiate leads the server's side of SASL: START with the mechanism, then the response, then COMPLETE. check says whether
// a login is right; its error is told to the client.
func negotiate(r *bufio.Reader, w io.Writer, check func(login) error) error {
	bad := func(state byte, text string) error {
		_ = writeSASL(w, state, text)
		return fmt.Errorf("SASL: %s", text)
	}
	start, err := readSASL(r)
	if err != nil {
		return fmt.Errorf("SASL: %w", err)
	}
	if start.state != saslStart {
		return bad(saslError, fmt.Sprintf("a negotiation begins with START (1), not with %d", start.state))
	}
	if name := string(start.payload); name != "PLAIN" {
		if reason, known := refusedMechanism[name]; known {
			return bad(saslBad, reason+"; the mechanism here is PLAIN (authentication NONE or LDAP)")
		}
		return bad(saslBad, fmt.Sprintf("Unsupported mechanism type %.40q; the mechanism here is PLAIN", name))
	}
	response, err := readSASL(r)
	if err != nil {
		return fmt.Errorf("SASL: %w", err)
	}
	if response.state != saslOK && response.state != saslComplete {
		return bad(saslError, fmt.Sprintf("a response is expected, not the state %d", response.state))
	}
	parts := bytes.Split(response.payload, []byte{0})
	if len(parts) != 3 {
		return bad(saslBad, "Invalid PLAIN response: user and password are expected")
	}
	who := login{user: string(parts[1]), password: string(parts[2])}
	if who.user == "" {
		who.user = string(parts[0])
	}
	if err := check(who); err != nil {
		return bad(saslBad, "Error validating the login: "+err.Error())
	}
	return writeSASL(w, saslComplete, "")
}
