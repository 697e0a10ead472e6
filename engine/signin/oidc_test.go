package signin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine/signin/signintest"
)

func newBearers(t *testing.T, o OIDC) *Bearers {
	t.Helper()
	b, err := NewBearers(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBearers: what is taken for a token, and what is not.
func TestBearers(t *testing.T) {
	i, other := signintest.New(t), signintest.New(t)
	b := newBearers(t, OIDC{Issuer: i.URL(), Audience: "argan"})
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	ann := map[string]any{"preferred_username": "ann", "email": "a@x.org", "groups": []string{"eu", "us"}}
	good := i.Sign("RS256", i.Claims("argan", ann))
	tampered := strings.Split(good, ".")
	tampered[1] = strings.Split(i.Sign("RS256", i.Claims("argan", map[string]any{"preferred_username": "root"})), ".")[1]
	for _, c := range []struct{ name, token, want string }{
		{"RS256", good, "ann eu,us"},
		{"ES256", i.Sign("ES256", i.Claims("argan", ann)), "ann eu,us"},
		{"one group", i.Sign("RS256", i.Claims("argan", map[string]any{"email": "b@x.org", "groups": "eu"})), "b@x.org eu"},
		{"sub alone", i.Sign("RS256", i.Claims("argan", nil)), "17 "},
		{"an address that was not verified", i.Sign("RS256", i.Claims("argan", map[string]any{"email": "b@x.org", "email_verified": false})), "17 "},
		{"groups that are no texts", i.Sign("RS256", i.Claims("argan", map[string]any{"groups": []any{1, "eu", nil}})), "17 eu"},
		{"several audiences", i.Sign("RS256", i.Claims("", map[string]any{"aud": []string{"x", "argan"}})), "17 "},
		{"nobody", i.Sign("RS256", i.Claims("argan", map[string]any{"sub": nil})), ""},
		{"expired", i.Sign("RS256", i.Claims("argan", map[string]any{"exp": in(-time.Minute)})), ""},
		{"without an end", i.Sign("RS256", i.Claims("argan", map[string]any{"exp": nil})), ""},
		{"not yet valid", i.Sign("RS256", i.Claims("argan", map[string]any{"nbf": in(time.Hour)})), ""},
		{"another audience", i.Sign("RS256", i.Claims("wiki", ann)), ""},
		{"no audience", i.Sign("RS256", i.Claims("", map[string]any{"aud": nil})), ""},
		{"another issuer's name", i.Sign("RS256", i.Claims("argan", map[string]any{"iss": other.URL()})), ""},
		{"another issuer's key", other.Sign("RS256", i.Claims("argan", ann)), ""},
		{"another issuer's EC key", other.Sign("ES256", i.Claims("argan", ann)), ""},
		{"no signature", i.Sign("none", i.Claims("argan", ann)), ""},
		{"the public key as a secret", i.Sign("HS256", i.Claims("argan", ann)), ""},
		{"other claims", strings.Join(tampered, "."), ""},
		{"no token", "x", ""},
		{"an empty token", "..", ""},
	} {
		claims, err := b.Verify(t.Context(), c.token)
		var unavailable *UnavailableError
		switch {
		case c.want == "":
			if err == nil || errors.As(err, &unavailable) {
				t.Errorf("%s: %+v, %v", c.name, claims, err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case claims.User+" "+strings.Join(claims.Groups, ",") != c.want:
			t.Errorf("%s: %+v, want %s", c.name, claims, c.want)
		case claims.Expires.Unix() < in(50*time.Minute):
			t.Errorf("%s: it expires %v", c.name, claims.Expires)
		}
	}
}

func TestClaimsByName(t *testing.T) {
	i := signintest.New(t)
	b := newBearers(t, OIDC{Issuer: i.URL(), Audience: "argan", UserClaim: "upn", GroupsClaim: "roles"})
	claims, err := b.Verify(t.Context(), i.Sign("RS256", i.Claims("argan", map[string]any{"upn": "ann", "email": "x", "roles": []string{"r"}, "groups": []string{"g"}})))
	if err != nil || claims.User != "ann" || len(claims.Groups) != 1 || claims.Groups[0] != "r" {
		t.Errorf("%+v, %v", claims, err)
	}
	if claims, err := b.Verify(t.Context(), i.Sign("RS256", i.Claims("argan", map[string]any{"email": "x"}))); err == nil || !strings.Contains(err.Error(), "upn") {
		t.Errorf("without the claim: %+v, %v", claims, err)
	}
}

// TestKeyRotation: a key that is new is fetched, also when the context of the first token has ended long ago; one that the
// issuer does not give any more ends to count with that.
func TestKeyRotation(t *testing.T) {
	i := signintest.New(t)
	b := newBearers(t, OIDC{Issuer: i.URL(), Audience: "argan"})
	first, cancel := context.WithCancel(t.Context())
	old := i.Sign("RS256", i.Claims("argan", nil))
	for range 3 {
		if _, err := b.Verify(first, old); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if i.Asked() != 1 {
		t.Errorf("the keys were asked for %d times", i.Asked())
	}
	i.Rotate()
	if _, err := b.Verify(t.Context(), i.Sign("RS256", i.Claims("argan", nil))); err != nil {
		t.Errorf("the new key: %v", err)
	}
	if _, err := b.Verify(t.Context(), old); err == nil {
		t.Error("the old key still counts")
	}
}

// TestIssuerDown: what cannot be asked is said to be so, and is asked again later.
func TestIssuerDown(t *testing.T) {
	i := signintest.New(t)
	b := newBearers(t, OIDC{Issuer: i.URL(), Audience: "argan"})
	now := time.Now()
	b.now = func() time.Time { return now }
	token := i.Sign("RS256", i.Claims("argan", nil))
	verify := func(token string, down bool, when string) {
		t.Helper()
		_, err := b.Verify(t.Context(), token)
		var unavailable *UnavailableError
		if errors.As(err, &unavailable) != down || !down && err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	i.Down(true)
	verify(token, true, "down at the first token")
	i.Down(false)
	verify(token, true, "at once after that")
	now = now.Add(retry)
	verify(token, false, "back")
	i.Down(true)
	verify(token, false, "down, with a key that is known")
	i.Rotate()
	rotated := i.Sign("RS256", i.Claims("argan", nil))
	verify(rotated, true, "down, with a new key")
	i.Down(false)
	verify(rotated, false, "back, with a new key")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	i.Rotate()
	if _, err := b.Verify(gone, i.Sign("RS256", i.Claims("argan", nil))); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that has gone: %v", err)
	}
}

func TestAudienceIsNeeded(t *testing.T) {
	if _, err := NewBearers(OIDC{Issuer: "https://x"}); err == nil {
		t.Error("an issuer without audience is taken")
	}
	if b, err := NewBearers(OIDC{}); b != nil || err != nil {
		t.Errorf("no issuer: %v, %v", b, err)
	}
}
