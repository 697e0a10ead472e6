// Package signin establishes who is there: by password, API token, OIDC token or client certificate.
//
// In: what a client shows, and what is kept of users (hashes, never secrets). Out: yes or no, in the same time and words
// whatever was wrong. Whether the user may do anything is not asked here.
package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
)

// Cost of a password hash: OWASP's first recommendation for argon2id, some 25 ms of one core.
const (
	memoryKiB   = 19 << 10
	passes      = 2
	lanes       = 1
	saltLength  = 16
	keyLength   = 32
	maxMemory   = 256 << 10 // KiB; a hash that asks for more is refused
	maxPasses   = 16
	maxPassword = 1024
)

var errHash = errors.New("it is not an argon2id hash such as $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH")

// HashPassword makes a hash to keep, in PHC form.
func HashPassword(password string) (string, error) {
	switch {
	case password == "":
		return "", errors.New("the password is empty")
	case len(password) > maxPassword:
		return "", fmt.Errorf("the password is longer than %d bytes", maxPassword)
	}
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keyLength)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, b.EncodeToString(salt), b.EncodeToString(key)), nil
}

// phc is a hash taken apart.
type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

func parse(hash string) (p phc, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return p, errHash
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, errHash
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return p, errHash
	}
	if p.memory < 8 || p.memory > maxMemory || p.passes < 1 || p.passes > maxPasses || p.lanes < 1 || len(p.salt) < 8 || len(p.key) < 16 || len(p.key) > 64 {
		return p, errHash
	}
	return p, nil
}

// CheckHash says why a text is not a password hash, nil if it is one.
func CheckHash(hash string) error {
	_, err := parse(hash)
	return err
}

// Passwords verifies passwords. Few are verified at a time, so that a flood of logins takes no more than their memory; one that
// was right is remembered for a while by a keyed hash, as HTTP sends it with every request.
type Passwords struct {
	slots chan struct{}
	key   [32]byte
	dummy string

	mu   sync.Mutex
	good map[[32]byte]time.Time // until when
}

const (
	atOnce   = 2
	remember = 5 * time.Minute
	maxGood  = 4096
)

// NewPasswords makes a verifier.
func NewPasswords() *Passwords {
	p := &Passwords{slots: make(chan struct{}, atOnce), good: map[[32]byte]time.Time{}}
	_, _ = rand.Read(p.key[:])
	salt := base64.RawStdEncoding.EncodeToString(p.key[:saltLength])
	p.dummy = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, salt, base64.RawStdEncoding.EncodeToString(p.key[:]))
	return p
}

// Verify says whether a password is the one of a hash. A user that is not there is asked for with hash "": that takes as long,
// and is never right. An error means that ctx ended while others were verified.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (bool, error) {
	if len(password) > maxPassword {
		return false, nil
	}
	mac := hmac.New(sha256.New, p.key[:])
	_, _ = fmt.Fprintf(mac, "%d:%s%s", len(hash), hash, password)
	var name [32]byte
	mac.Sum(name[:0])
	now := time.Now()
	p.mu.Lock()
	until, known := p.good[name]
	p.mu.Unlock()
	if known && now.Before(until) {
		return true, nil
	}
	h, err := parse(hash)
	if err != nil {
		hash = ""
		h, _ = parse(p.dummy)
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	key := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.key)))
	if subtle.ConstantTimeCompare(key, h.key) != 1 || hash == "" {
		return false, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.good) >= maxGood {
		for k, until := range p.good {
			if now.After(until) || len(p.good) >= maxGood {
				delete(p.good, k)
			}
		}
	}
	p.good[name] = now.Add(remember)
	return true, nil
}
