package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/argan-sql/argan/catalog/access"
)

// policyAge is how long the state of users and grants is believed before the metastore is asked whether another process has
// changed it. Changes of this process are seen at once.
const policyAge = time.Second

// policyCache is the newest known state of users, groups and grants.
type policyCache struct {
	mu      sync.Mutex
	policy  *access.Policy
	version int64
	stale   bool // the users-file has changed since
	checked time.Time
}

// policy is the state of users, groups and grants. Where it cannot be read the last one known counts, so that a metastore in
// trouble opens nothing.
func (e *Engine) policy() *access.Policy {
	c := &e.rights
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.policy != nil && time.Since(c.checked) < policyAge {
		return c.policy
	}
	ctx := context.Background()
	version, err := e.meta.AccessVersion(ctx)
	if changed := e.written.reread(); err == nil && (c.policy == nil || version != c.version || changed || c.stale) {
		c.stale = true // until it was loaded
		var p *access.Policy
		if p, err = e.loadPolicy(ctx); err == nil {
			c.policy, c.version, c.stale = p, version, false
		}
	}
	if err != nil {
		e.log.Error("users and grants cannot be read", "error", err)
		if c.policy == nil {
			return access.NewPolicy([]access.User{{Name: "", Disabled: true}}, nil, nil) // nobody gets in
		}
	}
	c.checked = time.Now()
	return c.policy
}

func (e *Engine) loadPolicy(ctx context.Context) (*access.Policy, error) {
	users, groups, err := e.meta.Principals(ctx)
	if err != nil {
		return nil, err
	}
	grants, err := e.meta.Grants(ctx)
	if err != nil {
		return nil, err
	}
	// What the operator has written in a file comes first: SQL cannot take it over.
	writtenUsers, writtenGroups := e.written.principals()
	return access.NewPolicy(slices.Concat(e.config.Users, writtenUsers, users), slices.Concat(e.config.Groups, writtenGroups, groups), grants), nil
}

// changedRights makes the next look at the rights see what was just changed.
func (e *Engine) changedRights() {
	e.rights.mu.Lock()
	defer e.rights.mu.Unlock()
	e.rights.checked = time.Time{}
}
