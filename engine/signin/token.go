package signin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// TokenPrefix begins every API token, so that one that has leaked can be found and known for what it is.
const TokenPrefix = "argan_"

// NewToken makes an API token and the hash that is kept of it. A token is 256 random bits: a plain hash of it tells nothing.
func NewToken() (token, hash string) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	token = TokenPrefix + base64.RawURLEncoding.EncodeToString(b[:])
	return token, HashToken(token)
}

// HashToken is what is kept of a token.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// IsToken says whether a text has the form of an API token.
func IsToken(text string) bool { return strings.HasPrefix(text, TokenPrefix) }
