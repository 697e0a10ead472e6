package file

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// listing is the files at some paths.
type listing struct {
	files []listed
}

// listed is a file, with the folders k=v between it and the path it was found by.
type listed struct {
	info    storage.Info
	folders []pair
	depth   int // folders below the path it was found by
}

// pair is a folder k=v, unescaped.
type pair struct{ name, value string }

// list finds the files at paths.
func list(ctx context.Context, env Env, paths []string, o *option.Set, declared []string) (*listing, error) {
	for _, name := range []string{"ignoreCorruptFiles", "ignoreMissingFiles"} {
		if o.Bool(name, false) {
			o.Refuse("the option %s", name)
		}
	}
	recursive := o.Bool("recursiveFileLookup", false)
	filter, _ := o.Has("pathGlobFilter")
	before, hasBefore, err := modifiedBound(env, o, "modifiedBefore")
	if err != nil {
		return nil, err
	}
	after, hasAfter, err := modifiedBound(env, o, "modifiedAfter")
	if err != nil {
		return nil, err
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	base := ""
	if b, ok := o.Has("basePath"); ok {
		if base, err = storage.Resolve(b); err != nil {
			return nil, err
		}
	}
	l := &listing{}
	for _, p := range paths {
		roots, err := expand(ctx, env.Store, p)
		if err != nil {
			return nil, err
		}
		for _, root := range roots {
			if err := l.below(ctx, env.Store, root, base); err != nil {
				return nil, err
			}
		}
	}
	kept := l.files[:0]
	for _, f := range l.files {
		if recursive {
			f.folders = nil
		}
		if filter != "" {
			if ok, err := matchName(filter, f.info.Name); err != nil {
				return nil, err
			} else if !ok {
				continue
			}
		}
		if hasBefore && !f.info.ModTime.Before(before) || hasAfter && !f.info.ModTime.After(after) {
			continue
		}
		kept = append(kept, f)
	}
	l.files = kept
	if !recursive {
		l.dropNested(declared)
	}
	sort.SliceStable(l.files, func(i, j int) bool { return l.files[i].info.Path < l.files[j].info.Path })
	return l, nil
}

// dropNested takes out files in folders below the paths when those folders are no partitions, as Spark does.
func (l *listing) dropNested(declared []string) {
	if declared != nil {
		return
	}
	for _, f := range l.files {
		if len(f.folders) > 0 {
			return
		}
	}
	kept := l.files[:0]
	for _, f := range l.files {
		if f.depth == 0 {
			kept = append(kept, f)
		}
	}
	l.files = kept
}

// hidden says whether Spark passes over a file or folder.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") && !strings.Contains(name, "=") || strings.HasSuffix(name, "._COPYING_")
}

// below adds a file, or the files in a folder and its folders.
func (l *listing) below(ctx context.Context, store storage.Store, root storage.Info, base string) error {
	if !root.IsDir {
		f := listed{info: root}
		if base != "" {
			f.folders, _ = foldersOf(base, root.Path)
		}
		l.files = append(l.files, f)
		return nil
	}
	if base == "" {
		base = root.Path
	}
	return store.Walk(ctx, root.Path, func(in storage.Info) error {
		if in.IsDir {
			return nil
		}
		rel := strings.Split(strings.Trim(strings.TrimPrefix(in.Path, root.Path), "/"), "/")
		for _, part := range rel {
			if hidden(part) {
				return nil
			}
		}
		folders, _ := foldersOf(base, in.Path)
		l.files = append(l.files, listed{info: in, folders: folders, depth: len(rel) - 1})
		return nil
	})
}

// foldersOf reads the folders k=v between base and a file.
func foldersOf(base, file string) (folders []pair, ok bool) {
	rel, ok := strings.CutPrefix(file, base)
	if !ok {
		return nil, false
	}
	parts := strings.Split(strings.Trim(rel, "/"), "/")
	for _, part := range parts[:len(parts)-1] {
		if k, v, ok := strings.Cut(part, "="); ok && k != "" && v != "" {
			folders = append(folders, pair{unescape(k), unescape(v)})
		}
	}
	return folders, true
}

// unescape undoes Hive's escaping of names in paths.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := hex(s[i+1])
			lo, ok2 := hex(s[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func hex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// expand gives what lies at a path, or at the paths that match it as a glob.
func expand(ctx context.Context, store storage.Store, location string) ([]storage.Info, error) {
	p, err := storage.Resolve(location)
	if err != nil {
		return nil, err
	}
	in, err := store.Stat(ctx, p)
	if err == nil {
		in.Path = p
		return []storage.Info{in}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if !strings.ContainsAny(p, "*?[{") {
		return nil, notFound(p)
	}
	var found []storage.Info
	for _, pattern := range braces(p) {
		more, err := glob(ctx, store, pattern)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	if len(found) == 0 {
		return nil, notFound(p)
	}
	return found, nil
}

func notFound(p string) error { return sqlerr.New("PATH_NOT_FOUND", "path", "file:"+p) }

// braces expands {a,b} into several patterns.
func braces(p string) []string {
	open := strings.IndexByte(p, '{')
	if open < 0 {
		return []string{p}
	}
	depth, from := 0, open+1
	var parts []string
	for i := open; i < len(p); i++ {
		switch p[i] {
		case '{':
			depth++
		case ',':
			if depth == 1 {
				parts = append(parts, p[from:i])
				from = i + 1
			}
		case '}':
			if depth--; depth == 0 {
				parts = append(parts, p[from:i])
				var out []string
				for _, part := range parts {
					out = append(out, braces(p[:open]+part+p[i+1:])...)
				}
				return out
			}
		}
	}
	return []string{p}
}

// glob walks a pattern folder by folder.
func glob(ctx context.Context, store storage.Store, pattern string) ([]storage.Info, error) {
	dirs := []string{"/"}
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	for i, part := range parts {
		last := i == len(parts)-1
		var next []string
		var found []storage.Info
		for _, dir := range dirs {
			if !strings.ContainsAny(part, "*?[\\") {
				in, err := store.Stat(ctx, path.Join(dir, part))
				if err != nil {
					continue
				}
				in.Path = path.Join(dir, part)
				found = append(found, in)
				continue
			}
			entries, err := store.List(ctx, dir, "")
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				return nil, err
			}
			for _, e := range entries {
				ok, err := matchName(part, e.Name)
				if err != nil {
					return nil, err
				}
				if ok && !hidden(e.Name) {
					e.Path = path.Join(dir, e.Name)
					found = append(found, e)
				}
			}
		}
		if last {
			return found, nil
		}
		for _, in := range found {
			if in.IsDir {
				next = append(next, in.Path)
			}
		}
		dirs = next
	}
	return nil, nil
}

func matchName(pattern, name string) (bool, error) {
	for _, p := range braces(strings.ReplaceAll(pattern, "[!", "[^")) {
		ok, err := path.Match(p, name)
		if err != nil {
			return false, sqlerr.New("INVALID_SETTING", "key", "path", "value", pattern, "reason", "it is no valid pattern")
		}
		if ok {
			return true, nil
		}
	}
	return false, nil
}
