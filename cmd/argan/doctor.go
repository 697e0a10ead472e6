package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/internal/certificate"
	"github.com/argan-sql/argan/internal/config"
	"github.com/argan-sql/argan/types"
)

// lowSpace is the free space below which the doctor warns, in bytes.
const lowSpace = 1 << 30

func doctorCommand() *cobra.Command {
	var warehouse, file string
	var dbt bool
	c := &cobra.Command{
		Use: "doctor [--warehouse DIR] [--config FILE] | doctor --dbt [PROJECT]", Short: "Check ports, the warehouse and its tables, and say what to do", Args: cobra.MaximumNArgs(1),
		Long: `Look at what argan serve would be started with: whether its ports are free, whether the warehouse can be written to and
has room, and whether the catalog and every table open. Nothing is changed.

With --dbt, look at a dbt project instead: whether its profile reaches Argan, and which lines to change if it does not.

Ends with 1 if something is wrong.`,
	}
	c.Flags().StringVar(&warehouse, "warehouse", "", "The warehouse to look at.")
	c.Flags().StringVar(&file, "config", "", "A YAML file with settings, as of serve.")
	c.Flags().BoolVar(&dbt, "dbt", false, "Look at the profile of the dbt project in PROJECT, or in the current folder.")
	c.RunE = func(c *cobra.Command, args []string) error {
		if dbt {
			d := &doctor{out: os.Stdout}
			d.dbt(c.Context(), append(args, ".")[0])
			return d.verdict()
		}
		if len(args) > 0 {
			return fmt.Errorf("%w: doctor takes no %q; --warehouse DIR names a warehouse", errUsage, args[0])
		}
		flags := map[string]string{}
		if warehouse != "" {
			flags["warehouse"] = warehouse
		}
		settings, err := config.Load(flags, os.Environ(), file)
		if err != nil {
			return err
		}
		d := &doctor{out: os.Stdout, settings: settings}
		d.examine(context.Background())
		return d.verdict()
	}
	return c
}

// doctor looks at things and writes a line about each.
type doctor struct {
	out      io.Writer
	settings *config.Serve
	wrong    int
}

func (d *doctor) fine(format string, args ...any) { fmt.Fprintf(d.out, "ok     "+format+"\n", args...) }

func (d *doctor) note(format string, args ...any) { fmt.Fprintf(d.out, "note   "+format+"\n", args...) }

// bad writes what is wrong, and what to do about it.
func (d *doctor) bad(remedy, format string, args ...any) {
	d.wrong++
	fmt.Fprintf(d.out, "WRONG  "+format+"\n       → "+remedy+"\n", args...)
}

func (d *doctor) examine(ctx context.Context) {
	for _, w := range d.settings.Warnings {
		d.note("%s", w)
	}
	d.port(ctx, "flight", d.settings.Flight)
	d.port(ctx, "http", d.settings.HTTP)
	d.port(ctx, "hive", d.settings.Hive)
	d.certificates()
	d.spill()
	if d.settings.Warehouse == "" {
		d.note("no warehouse is named: --warehouse DIR, ARGAN_WAREHOUSE or the configuration file would")
	} else if d.folder() {
		d.tables(ctx)
	}
}

// verdict says how many things are wrong, and ends the program with 1 if any is.
func (d *doctor) verdict() error {
	if d.wrong == 0 {
		fmt.Fprintln(d.out, "Nothing is wrong.")
		return nil
	}
	fmt.Fprintf(d.out, "%d %s wrong.\n", d.wrong, map[bool]string{true: "thing is", false: "things are"}[d.wrong == 1])
	return errQuiet
}

// port says whether a port could be opened, and by whom it is taken where that can be told.
func (d *doctor) port(ctx context.Context, name string, p config.Port) {
	if !p.On || p.Number == 0 {
		d.note("port %s: %s", name, map[bool]string{true: "any free one", false: "off"}[p.On])
		return
	}
	address := net.JoinHostPort(d.settings.Listen, strconv.Itoa(p.Number))
	listener, err := net.Listen("tcp", address)
	if err == nil {
		_ = listener.Close()
		d.fine("port %s: %s is free", name, address)
		return
	}
	if name == "http" {
		if served := arganAt(ctx, address); served != "" {
			d.note("port http: argan %s answers on %s; a second server needs another --http-port", served, address)
			return
		}
	}
	d.bad(fmt.Sprintf("Choose another with --%s-port, 0 for any free one, or off; or end the program that has it.", name), "port %s: %s cannot be opened: %s", name, address, reason(err))
}

// certificates looks at the files of TLS.
func (d *doctor) certificates() {
	k, err := certificate.Load(certificate.Files(d.settings.TLS), slog.New(slog.DiscardHandler))
	switch {
	case err != nil:
		d.bad("Give a certificate that is valid now, with its own key, as PEM files.", "TLS: %v", err)
	case k == nil:
		d.note("TLS: off; tls-cert and tls-key would turn it on")
	case time.Until(k.Ends()) < 14*24*time.Hour:
		d.note("TLS: the certificate of %s ends on %s; renew it", d.settings.TLS.Cert, k.Ends().Format(time.DateOnly))
	default:
		d.fine("TLS: the certificate of %s is valid until %s", d.settings.TLS.Cert, k.Ends().Format(time.DateOnly))
	}
}

// reason is the innermost cause of an error of the system.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// arganAt gives the version of the argan that answers HTTP at an address, "" if none does.
func arganAt(ctx context.Context, address string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/v1/info", nil)
	if err != nil {
		return ""
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil || !strings.Contains(string(raw), `"name":"argan"`) {
		return ""
	}
	_, rest, _ := strings.Cut(string(raw), `"version":"`)
	found, _, _ := strings.Cut(rest, `"`)
	return found
}

// spill looks at the folder of temporary files.
func (d *doctor) spill() {
	dir := d.settings.SpillDir
	if dir == "" {
		dir = os.TempDir()
	}
	if err := writable(dir); err != nil {
		d.bad("Give a folder that can be written to with --spill-dir.", "temporary files: %s: %s", dir, reason(err))
		return
	}
	d.space("temporary files", dir)
}

// space tells how much room a folder has.
func (d *doctor) space(what, dir string) {
	free, err := freeSpace(dir)
	switch {
	case err != nil:
		d.note("%s: how much room %s has cannot be told: %s", what, dir, reason(err))
	case free < lowSpace:
		d.bad("Make room: statements that write end with DISK_FULL when there is none.", "%s: %s has %d MiB left", what, dir, free>>20)
	default:
		d.fine("%s: %s can be written to and has %.1f GiB left", what, dir, float64(free)/(1<<30))
	}
}

// writable makes a file in a folder, links it under a second name as commits do, and removes both.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".argan-doctor-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	second := f.Name() + ".link"
	if err := os.Link(f.Name(), second); err != nil {
		return fmt.Errorf("files cannot be linked, which commits need: %w", err)
	}
	return os.Remove(second)
}

// folder looks at the warehouse's folder, and says whether there is a catalog to look at.
func (d *doctor) folder() bool {
	dir := d.settings.Warehouse
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.bad("Look at the path; a new warehouse is made by: argan serve --warehouse "+dir, "warehouse: there is no folder %s", dir)
		return false
	case err != nil:
		d.bad("Let the user that runs argan read and enter it.", "warehouse: %s: %s", dir, reason(err))
		return false
	case !info.IsDir():
		d.bad("Give a folder with --warehouse.", "warehouse: %s is a file", dir)
		return false
	}
	if err := writable(dir); err != nil {
		d.bad("Let the user that runs argan write to it (chown or chmod), or choose a folder on a local disk.", "warehouse: %s cannot be written to: %s", dir, reason(err))
		return false
	}
	d.space("warehouse", dir)
	if _, err := os.Stat(filepath.Join(dir, "_argan", "catalog.sqlite")); err != nil {
		d.note("catalog: %s has none yet; the first server or shell makes it", dir)
		return false
	}
	return true
}

// tables opens the catalog, and then every table and view at its newest version.
func (d *doctor) tables(ctx context.Context) {
	e, err := open(d.settings, logger(d.settings), nil)
	if err != nil {
		d.bad("Put back a copy of _argan/catalog.sqlite, or move it away: tables can be entered again with CREATE TABLE … LOCATION.", "catalog: it does not open: %v", err)
		return
	}
	defer e.Close()
	session, err := e.NewSession(engine.SessionOptions{Client: "argan doctor", Local: true})
	if err != nil {
		d.bad("This is a defect of argan; please report it.", "catalog: no session: %v", err)
		return
	}
	defer session.Close()
	every := func(string) bool { return true }
	list, err := session.Tables(ctx, func(database string) bool { return database != engine.SystemDatabase }, every, false)
	if err != nil {
		d.bad("Put back a copy of _argan/catalog.sqlite.", "catalog: it cannot be read: %v", err)
		return
	}
	opened := 0
	for _, t := range list {
		name := types.Quote(t.Schema) + "." + types.Quote(t.Name)
		kind := strings.ToLower(t.Type)
		if err := session.Exec(ctx, "SELECT * FROM "+name+" LIMIT 0"); err != nil {
			where := ""
			if t.Location != "" {
				where = " (" + t.Location + ")"
			}
			first, _, _ := strings.Cut(err.Error(), "\n")
			d.bad(remedy(t), "%s %s.%s%s: %s", kind, t.Schema, t.Name, where, first)
			continue
		}
		opened++
	}
	d.fine("catalog: %d of %d tables and views open", opened, len(list))
}

// remedy says what to do about a table or view that does not open.
func remedy(t engine.TableInfo) string {
	name := t.Schema + "." + t.Name
	if t.Type == "VIEW" {
		return "Make what it reads again, or drop it: DROP VIEW " + name
	}
	return "Put its folder back from a copy; if it is gone for good: DROP TABLE " + name
}
