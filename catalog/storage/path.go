package storage

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
)

// Resolve turns what a user writes as a location into the path the store takes: `file:/a%20b` and `file:///a%20b` are
// URIs and percent-decoded, anything else is a path as it stands, made absolute. Schemes we have no store for are
// refused by name.
func Resolve(location string) (string, error) {
	p := location
	if scheme, rest, ok := SplitScheme(location); ok {
		if scheme != "file" {
			return "", sqlerr.Unsupported("the storage scheme %s: of %s", scheme, location)
		}
		decoded, err := DecodeURI(rest)
		if err != nil {
			return "", sqlerr.New("STORAGE_ERROR", "operation", "Resolving", "path", location, "reason", err.Error()).Wrap(err)
		}
		p = decoded
	}
	abs, err := filepath.Abs(filepath.FromSlash(p))
	if err != nil {
		return "", sqlerr.New("STORAGE_ERROR", "operation", "Resolving", "path", location, "reason", err.Error()).Wrap(err)
	}
	return abs, nil
}

// SplitScheme takes the scheme off a URI. A single letter is a drive of Windows, not a scheme. An empty authority
// (file:///a) is dropped.
func SplitScheme(uri string) (scheme, rest string, ok bool) {
	i := strings.IndexByte(uri, ':')
	if i < 2 {
		return "", uri, false
	}
	for j := 0; j < i; j++ {
		c := uri[j]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (j == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return "", uri, false
		}
	}
	rest = uri[i+1:]
	if !strings.HasPrefix(rest, "/") {
		return "", uri, false
	}
	scheme = strings.ToLower(uri[:i])
	if scheme == "file" {
		rest = "/" + strings.TrimLeft(rest, "/")
	}
	return scheme, rest, true
}

// DecodeURI percent-decodes the path of a URI. A '+' stays a '+'.
func DecodeURI(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	return url.PathUnescape(s)
}

// EncodeURI percent-encodes a path as Java's URI does for Delta's log: what may stand in a path stays, other ASCII is
// encoded byte by byte, and letters beyond ASCII stay as they are.
func EncodeURI(s string) string {
	const hex = "0123456789ABCDEF"
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= 0x80 || uriByte(s[i])
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || uriByte(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

func uriByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.!~*'()/:@&=+$,;", c) >= 0
}

// Join puts a path together with slashes.
func Join(dir string, more ...string) string {
	return path.Join(append([]string{dir}, more...)...)
}

// Base is the last part of a path.
func Base(p string) string { return path.Base(p) }

// Dir is a path without its last part.
func Dir(p string) string { return path.Dir(p) }
