package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/sqlerr"
)

// pathRight looks whether a statement may use a path: to read what is there (SELECT), to write to it (MODIFY), or to put a
// table there (OWN). What lies in a table's folder needs the right on the table; what lies elsewhere must be among the
// allowed paths. The server's own folder is for nobody.
func (p *planner) pathRight(ctx context.Context, path string, privilege access.Privilege) error {
	if m := versioned.FindStringSubmatch(path); m != nil {
		// It may ask for a version of the table at the path before the @.
		if err := p.pathRight(ctx, m[1], privilege); err != nil {
			return err
		}
	}
	return p.session.pathAllowed(ctx, path, func(ctx context.Context, table access.Object) error { return p.need(ctx, privilege, table) }, p.definer)
}

func (s *Session) pathAllowed(ctx context.Context, path string, onTable func(context.Context, access.Object) error, definer string) error {
	e := s.engine
	real, err := realPath(path)
	if err != nil {
		return sqlerr.New("PATH_NOT_ALLOWED", "path", path, "reason", err.Error())
	}
	root, err := realPath(e.meta.Root())
	if err != nil {
		return sqlerr.New("PATH_NOT_ALLOWED", "path", path, "reason", err.Error())
	}
	own := filepath.Join(root, "_argan")
	if within(own, real) {
		return sqlerr.New("PATH_NOT_ALLOWED", "path", path, "reason", "it belongs to the server itself")
	}
	w, ok := s.as(definer)
	if !ok {
		return sqlerr.New("AUTHENTICATION_REQUIRED")
	}
	controlled := e.AccessControlled() && !s.options.Local
	if !within(root, real) && !e.pathListed(real) && (controlled || len(e.config.AllowedPaths) > 0 && !s.options.Local) {
		return sqlerr.New("PATH_NOT_ALLOWED", "path", path, "reason", "it is not under a path of allowed-paths")
	}
	if w.Administrator {
		return nil
	}
	inside, err := e.tablesAt(ctx, real)
	if err != nil {
		return err
	}
	for _, t := range inside.around {
		if err := onTable(ctx, t); err != nil {
			return err
		}
	}
	switch {
	case len(inside.below) > 0:
		return sqlerr.New("PATH_NOT_ALLOWED", "path", path, "reason", "tables lie in it").WithHint("Read them by their names.")
	case len(inside.around) == 0 && within(root, real) && !e.pathListed(real):
		return sqlerr.New("PATH_NOT_ALLOWED", "path", path, "reason", "it lies in the warehouse and in no table")
	}
	return nil
}

// pathListed says whether a path lies under an allowed one.
func (e *Engine) pathListed(real string) bool {
	for _, allowed := range e.config.AllowedPaths {
		if allowed == "*" {
			return true
		}
		if a, err := realPath(allowed); err == nil && within(a, real) {
			return true
		}
	}
	return false
}

// overlap are the tables in whose folder a path lies, and those whose folder lies in the path.
type overlap struct{ around, below []access.Object }

func (e *Engine) tablesAt(ctx context.Context, real string) (out overlap, err error) {
	databases, err := e.meta.Databases(ctx)
	if err != nil {
		return out, err
	}
	for _, d := range databases {
		entries, err := e.meta.Tables(ctx, d.Name)
		if err != nil {
			return out, err
		}
		for _, t := range entries {
			if t.Location == "" {
				continue
			}
			folder, err := realPath(t.Location)
			if err != nil {
				continue
			}
			o := access.Object{Database: t.Database, Table: t.Name}
			switch {
			case within(folder, real):
				out.around = append(out.around, o)
			case within(real, folder):
				out.below = append(out.below, o)
			}
		}
	}
	return out, nil
}

// within says whether a path is a folder or lies in it.
func within(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
}

// errPattern is why a path with a pattern is refused.
type errPattern struct{}

func (errPattern) Error() string { return "a pattern and .. in one path" }

// errDangling is why a link that leads nowhere is refused.
type errDangling struct{}

func (errDangling) Error() string { return "a link in it leads nowhere" }

// realPath is a path as the system sees it: absolute, without .., links followed as far as there is something. Of a pattern
// it is the part before the first letter that stands for others.
func realPath(path string) (string, error) {
	path = strings.TrimPrefix(path, "file:")
	if strings.HasPrefix(path, "//") {
		path = "/" + strings.TrimLeft(path, "/")
	}
	if i := strings.IndexAny(path, "*?[{"); i >= 0 {
		if strings.Contains(path, "..") {
			return "", errPattern{}
		}
		if _, err := os.Lstat(path); err != nil {
			path = path[:strings.LastIndexByte(path[:i], '/')+1]
		}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	rest := ""
	for {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !os.IsNotExist(err) {
			return "", err
		}
		// A link that leads nowhere yet could be made to lead anywhere.
		if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink != 0 {
			return "", errDangling{}
		}
		parent := filepath.Dir(path)
		if parent == path {
			return filepath.Join(path, rest), nil
		}
		rest = filepath.Join(filepath.Base(path), rest)
		path = parent
	}
}
