package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/engine/signin"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// usersFile is a YAML file with users and groups, read anew when it changes. A change that cannot be used is logged, and who was
// in the file before stays: a slip of the pen must neither lock everybody out nor let anybody in.
type usersFile struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex
	stamp  string
	users  []access.User
	groups []access.Group
}

// openUsersFile reads the file; nil for no path.
func openUsersFile(path string, log *slog.Logger) (*usersFile, error) {
	if path == "" {
		return nil, nil
	}
	f := &usersFile{path: path, log: log, stamp: fileStamp(path)}
	var err error
	if f.users, f.groups, err = readUsers(path); err != nil {
		return nil, err
	}
	return f, nil
}

func fileStamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
}

// reread reads the file if it has changed, and says whether others are in it now.
func (f *usersFile) reread() bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	stamp := fileStamp(f.path)
	if stamp == f.stamp {
		return false
	}
	f.stamp = stamp
	users, groups, err := readUsers(f.path)
	if err != nil {
		f.log.Error("the changed users-file cannot be used; who was in it before stays", "error", err)
		return false
	}
	f.users, f.groups = users, groups
	f.log.Info("the users-file was read anew", "file", f.path, "users", len(users), "groups", len(groups))
	return true
}

// principals are who is in the file.
func (f *usersFile) principals() ([]access.User, []access.Group) {
	if f == nil {
		return nil, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.users, f.groups
}

// readUsers reads a file of users and groups; an error names the file, the line and what is wrong, and never a secret.
func readUsers(path string) ([]access.User, []access.Group, error) {
	refuse := func(reason string) error {
		return sqlerr.New("INVALID_SETTING", "key", "users-file", "value", `"`+path+`"`, "reason", reason)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, refuse(err.Error())
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(raw, &tree); err != nil {
		return nil, nil, refuse(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	r := usersReader{source: path, named: map[string]int{}, groups: map[string]int{}}
	if len(tree.Content) > 0 {
		err = r.file(tree.Content[0])
	}
	if err == nil && len(r.users) == 0 {
		err = errors.New("there is no user in it: nobody would be asked who they are")
	}
	if err != nil {
		return nil, nil, refuse(err.Error())
	}
	return r.users, r.list, nil
}

// usersReader gathers what a file says.
type usersReader struct {
	source string
	users  []access.User
	list   []access.Group
	named  map[string]int // lines of users and groups by lower-case name
	groups map[string]int // places of groups in list by lower-case name
}

func wrong(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{n.Line}, args...)...)
}

// fields reads a mapping: each key once, and only those that there are.
func fields(n *yaml.Node, what string, known map[string]func(*yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "%s is to have keys and values: %s", what, strings.Join(sortedKeys(known), ", "))
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case key.Value == "password" && known["password-hash"] != nil:
			return wrong(key, "a password does not stand here in plain text; make its hash with argan hash-password, and write it as password-hash")
		case !ok:
			return wrong(key, "%s has no %q; there are %s", what, key.Value, strings.Join(sortedKeys(known), ", "))
		case seen[key.Value]:
			return wrong(key, "%s has %s twice", what, key.Value)
		}
		seen[key.Value] = true
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if err := read(value); err != nil {
			return err
		}
	}
	return nil
}

func items(n *yaml.Node, what string, each func(*yaml.Node) error) error {
	if n.Kind != yaml.SequenceNode {
		return wrong(n, "%s is to be a list", what)
	}
	for _, item := range n.Content {
		if err := each(item); err != nil {
			return err
		}
	}
	return nil
}

func word(into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			return wrong(n, "a text is to stand here")
		}
		*into = n.Value
		return nil
	}
}

func truth(into *bool) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Decode(into) != nil {
			return wrong(n, "true or false is to stand here")
		}
		return nil
	}
}

func limitFields(into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		limits := map[string]string{}
		known := map[string]func(*yaml.Node) error{}
		for name := range userLimit {
			known[name] = func(v *yaml.Node) error {
				var text string
				if err := word(&text)(v); err != nil {
					return err
				}
				limits[name] = text
				if _, err := LimitsText(map[string]string{name: text}); err != nil {
					return wrong(v, "%w", err)
				}
				return nil
			}
		}
		if err := fields(n, "limits", known); err != nil {
			return err
		}
		var err error
		*into, err = LimitsText(limits)
		return err
	}
}

func (r *usersReader) file(n *yaml.Node) error {
	var users *yaml.Node
	err := fields(n, "the file", map[string]func(*yaml.Node) error{
		"users":  func(n *yaml.Node) error { users = n; return nil },
		"groups": func(n *yaml.Node) error { return items(n, "groups", r.group) },
	})
	if err != nil || users == nil {
		return err
	}
	return items(users, "users", r.user) // after the groups, wherever they stand
}

// name takes the name of a user or group, which no other may have.
func (r *usersReader) name(n *yaml.Node, name string) error {
	if reason := unfit(name); reason != "" {
		return wrong(n, "%s cannot be a name: %s", types.Quote(name), reason)
	}
	key := strings.ToLower(name)
	if line, ok := r.named[key]; ok {
		return wrong(n, "%s stands in line %d already; users and groups share their names", types.Quote(name), line)
	}
	r.named[key] = n.Line
	return nil
}

func (r *usersReader) group(n *yaml.Node) error {
	g := access.Group{Source: r.source}
	err := fields(n, "a group", map[string]func(*yaml.Node) error{"name": word(&g.Name), "limits": limitFields(&g.Limits)})
	if err == nil {
		err = r.name(n, g.Name)
	}
	if err == nil {
		r.groups[strings.ToLower(g.Name)] = len(r.list)
		r.list = append(r.list, g)
	}
	return err
}

func (r *usersReader) user(n *yaml.Node) error {
	u := access.User{Source: r.source}
	type member struct {
		at   *yaml.Node
		name string
	}
	var in []member
	err := fields(n, "a user", map[string]func(*yaml.Node) error{
		"name": word(&u.Name), "administrator": truth(&u.Administrator), "disabled": truth(&u.Disabled), "limits": limitFields(&u.Limits),
		"password-hash": func(n *yaml.Node) error {
			if err := word(&u.Hash)(n); err != nil {
				return err
			}
			if err := signin.CheckHash(u.Hash); err != nil {
				return wrong(n, "password-hash: %w; argan hash-password makes one", err)
			}
			return nil
		},
		"groups": func(n *yaml.Node) error {
			return items(n, "groups", func(n *yaml.Node) error {
				in = append(in, member{at: n})
				return word(&in[len(in)-1].name)(n)
			})
		},
	})
	if err == nil {
		err = r.name(n, u.Name)
	}
	if err != nil {
		return err
	}
	r.users = append(r.users, u)
	for _, m := range in {
		place, ok := r.groups[strings.ToLower(m.name)]
		if !ok {
			if err := r.name(m.at, m.name); err != nil {
				return err
			}
			place = len(r.list)
			r.groups[strings.ToLower(m.name)] = place
			r.list = append(r.list, access.Group{Name: m.name, Source: r.source})
		}
		r.list[place].Members = append(r.list[place].Members, u.Name)
	}
	return nil
}

// HashPassword makes the hash to keep of a password, for a users-file or PASSWORD HASH.
func HashPassword(password string) (string, error) { return signin.HashPassword(password) }
