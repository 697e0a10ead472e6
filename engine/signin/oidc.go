package signin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// OIDC are the settings of an issuer of OpenID Connect tokens.
type OIDC struct {
	// Issuer is its URL, exactly as in the tokens' iss.
	Issuer string
	// Audience must be among the tokens' aud.
	Audience string
	// UserClaim names the claim with the user's name; default: preferred_username, else email, else sub.
	UserClaim string
	// GroupsClaim names the claim with the user's groups; default: groups.
	GroupsClaim string
}

// Claims are what a token says, once it was verified.
type Claims struct {
	User    string
	Groups  []string
	Expires time.Time
}

// Bearers verifies the tokens of an issuer. Its keys are fetched at the first token and when an unknown key comes up.
type Bearers struct {
	settings OIDC
	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	failed   time.Time
	err      error
}

// UnavailableError says that the issuer cannot be asked, so that nothing can be said of a token.
type UnavailableError struct{ err error }

// Error names the reason.
func (e *UnavailableError) Error() string {
	return "the OIDC issuer cannot be reached: " + e.err.Error()
}

// Unwrap gives the reason.
func (e *UnavailableError) Unwrap() error { return e.err }

// NewBearers makes a verifier of an issuer's tokens; nil where no issuer is set.
func NewBearers(o OIDC) (*Bearers, error) {
	switch {
	case o.Issuer == "":
		return nil, nil
	case o.Audience == "":
		return nil, errors.New("an OIDC issuer needs an audience, or the tokens of every program it knows would be taken")
	}
	if o.GroupsClaim == "" {
		o.GroupsClaim = "groups"
	}
	return &Bearers{settings: o}, nil
}

// retry is how long an issuer that could not be reached is left alone.
const retry = 5 * time.Second

func (b *Bearers) discover(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.verifier != nil {
		return b.verifier, nil
	}
	if b.err != nil && time.Since(b.failed) < retry {
		return nil, b.err
	}
	// Its keys are fetched later too, so the context must outlive this call.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	p, err := oidc.NewProvider(ctx, b.settings.Issuer)
	if err != nil {
		b.failed, b.err = time.Now(), &UnavailableError{err}
		return nil, b.err
	}
	b.verifier, b.err = p.VerifierContext(context.Background(), &oidc.Config{ClientID: b.settings.Audience}), nil
	return b.verifier, nil
}

// Verify checks signature, issuer, audience and times of a token and gives what it says.
func (b *Bearers) Verify(ctx context.Context, token string) (*Claims, error) {
	verifier, err := b.discover(ctx)
	if err != nil {
		return nil, err
	}
	t, err := verifier.Verify(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	var all map[string]any
	if err := t.Claims(&all); err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	out := &Claims{Expires: t.Expiry}
	names := []string{b.settings.UserClaim}
	if b.settings.UserClaim == "" {
		names = []string{"preferred_username", "email", "sub"}
	}
	for _, n := range names {
		if s, ok := all[n].(string); ok && s != "" && out.User == "" {
			out.User = s
		}
	}
	if out.User == "" {
		return nil, fmt.Errorf("the token has no claim %s with a user's name", names[0])
	}
	switch groups := all[b.settings.GroupsClaim].(type) {
	case string:
		out.Groups = []string{groups}
	case []any:
		for _, g := range groups {
			if s, ok := g.(string); ok {
				out.Groups = append(out.Groups, s)
			}
		}
	}
	return out, nil
}
