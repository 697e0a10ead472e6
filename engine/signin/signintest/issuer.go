// Package signintest is an OpenID Connect issuer for tests: it answers discovery and keys over HTTP on the loopback and signs
// whatever claims a test asks for, also the wrong way.
//
// In: claims, and how they are to be signed. Out: tokens, and an address to find the keys at.
package signintest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Issuer is an issuer that runs until the test ends.
type Issuer struct {
	t      *testing.T
	server *httptest.Server
	down   atomic.Bool
	asked  atomic.Int32

	mu    sync.Mutex
	round int
	rsa   *rsa.PrivateKey
	ec    *ecdsa.PrivateKey
}

// New starts an issuer.
func New(t *testing.T) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	i.Rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, map[string]any{
			"issuer": i.URL(), "jwks_uri": i.URL() + "/keys", "authorization_endpoint": i.URL() + "/auth", "token_endpoint": i.URL() + "/token",
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"}, // as careless as an issuer can be
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.asked.Add(1)
		i.answer(w, i.keys())
	})
	i.server = httptest.NewServer(mux)
	t.Cleanup(i.server.Close)
	return i
}

// URL is the issuer's name.
func (i *Issuer) URL() string { return i.server.URL }

// Down says whether every request is answered by 503 from now on.
func (i *Issuer) Down(down bool) { i.down.Store(down) }

// Asked is how often the keys were asked for.
func (i *Issuer) Asked() int { return int(i.asked.Load()) }

// Rotate replaces the keys: those of before are not given any more.
func (i *Issuer) Rotate() {
	i.t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		i.t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.round++
	i.rsa, i.ec = r, e
}

func (i *Issuer) answer(w http.ResponseWriter, body any) {
	if i.down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		i.t.Error(err)
	}
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (i *Issuer) name(algorithm string) string { return fmt.Sprintf("%s-%d", algorithm, i.round) }

func (i *Issuer) keys() map[string]any {
	i.mu.Lock()
	defer i.mu.Unlock()
	point, err := i.ec.PublicKey.Bytes() // 4, x, y
	if err != nil {
		i.t.Error(err)
		return nil
	}
	return map[string]any{"keys": []any{
		map[string]any{"kty": "RSA", "use": "sig", "kid": i.name("RS256"), "n": text(i.rsa.N.Bytes()), "e": text(big.NewInt(int64(i.rsa.E)).Bytes())},
		map[string]any{"kty": "EC", "use": "sig", "crv": "P-256", "kid": i.name("ES256"), "x": text(point[1:33]), "y": text(point[33:])},
	}}
}

// Claims are those of a good token for an audience, with more or other ones; nil takes one away.
func (i *Issuer) Claims(audience string, other map[string]any) map[string]any {
	now := time.Now()
	out := map[string]any{"iss": i.URL(), "aud": audience, "sub": "17", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for k, v := range other {
		if out[k] = v; v == nil {
			delete(out, k)
		}
	}
	return out
}

// Sign makes a token of claims: RS256, ES256, none, or HS256 keyed by the public RSA key, which is an old trick.
func (i *Issuer) Sign(algorithm string, claims map[string]any) string {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	kid := i.name(algorithm)
	if algorithm == "HS256" {
		kid = i.name("RS256")
	}
	var parts [2]string
	for n, part := range []any{map[string]any{"alg": algorithm, "typ": "JWT", "kid": kid}, claims} {
		b, err := json.Marshal(part)
		if err != nil {
			i.t.Fatal(err)
		}
		parts[n] = text(b)
	}
	signed := parts[0] + "." + parts[1]
	sum := sha256.Sum256([]byte(signed))
	var signature []byte
	var err error
	switch algorithm {
	case "RS256":
		signature, err = rsa.SignPKCS1v15(nil, i.rsa, crypto.SHA256, sum[:])
	case "ES256":
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, i.ec, sum[:]); err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	case "HS256":
		var der []byte
		if der, err = x509.MarshalPKIXPublicKey(&i.rsa.PublicKey); err == nil {
			mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
			mac.Write([]byte(signed))
			signature = mac.Sum(nil)
		}
	case "none":
	default:
		err = fmt.Errorf("no algorithm %s", algorithm)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	return signed + "." + text(signature)
}
