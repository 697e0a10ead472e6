package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/argan-sql/argan/internal/config"
	"github.com/argan-sql/argan/internal/shell"
)

// defaultWarehouse is used by the shell where none is named, if it is there.
const defaultWarehouse = "warehouse"

// sqlOptions are the flags of sql.
type sqlOptions struct {
	warehouse, url, config string
	execute, file          string
	format, output         string
	set                    []string
	given                  map[string]bool
	signIn                 signIn
}

func sqlCommand() *cobra.Command {
	o := &sqlOptions{given: map[string]bool{}}
	c := &cobra.Command{
		Use:   "sql [--warehouse DIR | --url grpc://HOST:PORT] [-e SQL | -f FILE]",
		Short: "A shell: statements on a warehouse, or on a server",
		Long: `Run statements: those of -e, of the file -f, of standard input, or the lines that are typed.

Without --url the statements run in this process, on the warehouse of --warehouse, of ARGAN_WAREHOUSE or of the
configuration file; where none is named, on ./warehouse if that folder is there, else on an empty one that is gone
at the end.

Ends with 0, with 1 if a statement failed, or with 2 if the command line is wrong.`,
		Example: `  argan sql --warehouse lake
  argan sql --warehouse lake -e 'SELECT count(*) FROM gold.fact_sales'
  argan sql --url grpc://localhost:32010 -f report.sql --format csv --output report.csv
  argan sql --url grpc+tls://db.example:32010 --ca ca.pem --user ann --password-file ann.txt`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	f.StringVar(&o.warehouse, "warehouse", "", "The folder of the catalog and of tables without LOCATION.")
	f.StringVar(&o.url, "url", "", "A server to send the statements to: grpc://[USER@]HOST:PORT, or grpc+tls:// where it speaks TLS.")
	o.signIn.flags(f)
	f.StringVar(&o.config, "config", "", "A YAML file with settings, as of serve.")
	f.StringVarP(&o.execute, "execute", "e", "", "Statements to run, separated by semicolons.")
	f.StringVarP(&o.file, "file", "f", "", "A file of statements to run; - is standard input.")
	f.StringVar(&o.format, "format", "table", "How results are written: "+strings.Join(shell.Formats, ", ")+".")
	f.StringVarP(&o.output, "output", "o", "", "A file to write results to; it appears when all statements have succeeded.")
	f.StringArrayVar(&o.set, "set", nil, "A setting of the session, key=value; may be given many times.")
	c.RunE = func(c *cobra.Command, _ []string) error {
		for _, name := range []string{"warehouse", "url", "execute", "file"} {
			o.given[name] = f.Changed(name)
		}
		return o.run(c.Context())
	}
	return c
}

// check refuses command lines that cannot be meant.
func (o *sqlOptions) check() error {
	switch {
	case o.signIn.given() && !o.given["url"]:
		return fmt.Errorf("%w: who signs in, and certificates, are for a server: --url is missing", errUsage)
	case o.given["warehouse"] && o.given["url"]:
		return fmt.Errorf("%w: --warehouse and --url exclude each other", errUsage)
	case o.given["execute"] && o.given["file"]:
		return fmt.Errorf("%w: -e and -f exclude each other", errUsage)
	case !shell.KnownFormat(o.format):
		return fmt.Errorf("%w: the format %q is not known; there are %s", errUsage, o.format, strings.Join(shell.Formats, ", "))
	case (o.format == "arrow" || o.format == "parquet") && o.output == "" && shell.IsTerminal(os.Stdout):
		return fmt.Errorf("%w: %s is no text for a terminal; say --output FILE", errUsage, o.format)
	}
	for _, pair := range o.set {
		if key, _, ok := strings.Cut(pair, "="); !ok || strings.TrimSpace(key) == "" {
			return fmt.Errorf("%w: --set takes key=value, not %q", errUsage, pair)
		}
	}
	return nil
}

func (o *sqlOptions) run(ctx context.Context) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := o.check(); err != nil {
		return err
	}
	name, script, interactive, err := o.script()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	backend, temporary, err := o.connect(ctx)
	if err != nil {
		return err
	}
	if temporary != "" {
		defer os.RemoveAll(temporary)
	}
	defer backend.Close()
	for _, pair := range o.set {
		key, value, _ := strings.Cut(pair, "=")
		if err := backend.Set(ctx, strings.TrimSpace(key), value); err != nil {
			return err
		}
	}
	out := shell.Stream(os.Stdout)
	if o.output != "" {
		if out, err = shell.CreateFile(o.output); err != nil {
			return fmt.Errorf("%w: --output: %w", errUsage, err)
		}
	}
	s := &shell.Shell{Backend: backend, Out: out, Err: os.Stderr, Format: o.format, Temporary: temporary != ""}
	if shell.IsTerminal(os.Stderr) {
		s.Progress, s.Width = os.Stderr, shell.TerminalWidth(os.Stderr)
	}
	if interactive {
		err = s.Talk(ctx, version)
	} else {
		err = s.Script(ctx, name, script)
	}
	if failure := out.Close(err == nil); err == nil && failure != nil {
		return failure
	}
	if errors.Is(err, shell.ErrFailed) {
		return errQuiet
	}
	return err
}

// script gives the statements to run and the name that errors show for them, or says that a person will type them.
func (o *sqlOptions) script() (name, text string, interactive bool, err error) {
	switch {
	case o.given["execute"]:
		return "", o.execute, false, nil
	case o.given["file"] && o.file != "-":
		raw, err := os.ReadFile(o.file)
		if err != nil {
			return "", "", false, fmt.Errorf("%w: -f: %w", errUsage, err)
		}
		return o.file, string(raw), false, nil
	case !o.given["file"] && shell.IsTerminal(os.Stdin):
		return "", "", true, nil
	}
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		return "", "", false, fmt.Errorf("reading standard input: %w", err)
	}
	return "stdin", string(raw), false, nil
}

// connect gives the backend; temporary is the folder of a warehouse that is to be removed at the end.
func (o *sqlOptions) connect(ctx context.Context) (backend shell.Backend, temporary string, err error) {
	if o.given["url"] {
		server, err := o.signIn.server(o.url)
		if err != nil {
			return nil, "", err
		}
		b, err := shell.Remote(ctx, server)
		if err != nil {
			return nil, "", errors.New(shell.Explain(err))
		}
		return b, "", nil
	}
	flags := map[string]string{}
	if o.warehouse != "" {
		flags["warehouse"] = o.warehouse
	}
	settings, err := config.Load(flags, os.Environ(), o.config)
	if err != nil {
		return nil, "", err
	}
	if settings.Warehouse == "" {
		if info, err := os.Stat(defaultWarehouse); err == nil && info.IsDir() {
			settings.Warehouse = defaultWarehouse
		} else {
			if temporary, err = os.MkdirTemp("", "argan-sql-"); err != nil {
				return nil, "", err
			}
			settings.Warehouse = temporary
		}
	}
	settings.LogLevel = max(settings.LogLevel, slog.LevelWarn) // what a server logs at each step is noise in a shell
	e, err := open(settings, logger(settings), nil)
	if err == nil {
		if backend, err = shell.Embedded(e); err != nil {
			_ = e.Close()
		}
	}
	if err != nil && temporary != "" {
		_ = os.RemoveAll(temporary)
	}
	return backend, temporary, err
}
