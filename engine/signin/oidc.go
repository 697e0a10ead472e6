package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	now      func() time.Time
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
	return &Bearers{settings: o, now: time.Now}, nil
}

// How long an issuer that could not be reached is left alone, and how long it may take to answer.
const (
	retry   = 5 * time.Second
	patient = 10 * time.Second
)

func (b *Bearers) discover(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.verifier != nil {
		return b.verifier, nil
	}
	if b.err != nil && b.now().Sub(b.failed) < retry {
		return nil, b.err
	}
	// One client for all that is asked of the issuer: its keys are fetched long after this call, when ctx has ended.
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Timeout: patient})
	p, err := oidc.NewProvider(ctx, b.settings.Issuer)
	var more struct {
		Keys       string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err == nil {
		err = p.Claims(&more)
	}
	if err != nil {
		b.failed, b.err = b.now(), &UnavailableError{err}
		return nil, b.err
	}
	config := &oidc.Config{ClientID: b.settings.Audience, Now: b.now}
	for _, a := range more.Algorithms {
		if signatures[a] {
			config.SupportedSigningAlgs = append(config.SupportedSigningAlgs, a)
		}
	}
	b.verifier, b.err = oidc.NewVerifier(b.settings.Issuer, &keys{set: oidc.NewRemoteKeySet(ctx, more.Keys)}, config), nil
	return b.verifier, nil
}

// signatures are what a token may be signed with: by a key that the issuer alone has. With none of them, RS256 is.
var signatures = map[string]bool{
	oidc.RS256: true, oidc.RS384: true, oidc.RS512: true, oidc.ES256: true, oidc.ES384: true, oidc.ES512: true, oidc.PS256: true, oidc.PS384: true,
	oidc.PS512: true, oidc.EdDSA: true,
}

// keys are the issuer's keys. That they could not be fetched is noted, as the verifier takes the reason for a text.
type keys struct{ set *oidc.RemoteKeySet }

type unfetched struct{ err error }

type unfetchedKey struct{}

// VerifySignature gives what a token says if its signature is right.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.set.VerifySignature(ctx, token)
	if note, ok := ctx.Value(unfetchedKey{}).(*unfetched); ok && err != nil {
		note.err = errors.Unwrap(err) // a wrong signature has no reason beneath it
	}
	return payload, err
}

// Verify checks signature, issuer, audience and times of a token and gives what it says.
func (b *Bearers) Verify(ctx context.Context, token string) (*Claims, error) {
	verifier, err := b.discover(ctx)
	if err != nil {
		return nil, err
	}
	var note unfetched
	t, err := verifier.Verify(context.WithValue(ctx, unfetchedKey{}, &note), token)
	switch {
	case note.err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case note.err != nil:
		return nil, &UnavailableError{note.err}
	case err != nil:
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
		if n == "email" && all["email_verified"] == false {
			continue // anybody may have written it there
		}
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
