package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/render"
	scripts "github.com/argan-sql/argan/examples/techmart"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/internal/config"
	"github.com/argan-sql/argan/internal/live"
	"github.com/argan-sql/argan/internal/techmart"
	"github.com/argan-sql/argan/types"
)

func demoCommand() *cobra.Command {
	var once, stream, dbt bool
	var shop live.Options
	c := &cobra.Command{
		Use: "demo", Short: "Make TechMart's data, build bronze, silver and gold, print the report, and serve it", Args: cobra.NoArgs,
	}
	file := serveFlags(c.Flags())
	c.Flags().BoolVar(&once, "once", false, "End after the report instead of serving.")
	c.Flags().BoolVar(&dbt, "dbt", false, "Run the dbt project of the example as well; dbt must be installed.")
	c.Flags().BoolVar(&stream, "stream", false, "Send payments and web events through Kafka into streaming tables and fraud alerts instead; with --once for 15 seconds.")
	c.Flags().StringVar(&shop.Brokers, "brokers", "", "Kafka's addresses for --stream, separated by commas (default a broker in this process)")
	c.Flags().Float64Var(&shop.Rate, "rate", 100, "Messages a second for --stream.")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !stream && (c.Flags().Changed("brokers") || c.Flags().Changed("rate")) {
			return fmt.Errorf("%w: --brokers and --rate are for --stream", errUsage)
		}
		if stream && dbt {
			return fmt.Errorf("%w: --stream and --dbt are demos of their own", errUsage)
		}
		flags := given(c.Flags())
		for _, own := range []string{"once", "dbt", "stream", "brokers", "rate"} {
			delete(flags, own)
		}
		settings, err := config.Load(flags, os.Environ(), *file)
		if err != nil {
			return err
		}
		if settings.Warehouse == "" {
			settings.Warehouse = "demo-warehouse"
		}
		if _, set := flags["log-level"]; !set {
			settings.LogLevel = slog.LevelWarn
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if stream {
			return demoStream(ctx, settings, shop, once)
		}
		path := ""
		if dbt {
			if path, _, err = findDBT(ctx); err != nil {
				return err
			}
		}
		return demo(ctx, c, settings, once, path)
	}
	return c
}

// demo builds everything and serves it; dbt is the path of that program where it is to build as well.
func demo(ctx context.Context, c *cobra.Command, s *config.Serve, once bool, dbt string) error {
	began := time.Now()
	log := logger(s)
	if once && dbt == "" {
		e, err := open(s, log, nil)
		if err != nil {
			return err
		}
		defer e.Close()
		return build(ctx, e, began)
	}
	r, err := start(s, log)
	if err != nil {
		return err
	}
	stop := func() {
		grace, cancel := context.WithTimeout(context.Background(), s.ShutdownGrace)
		defer cancel()
		r.stop(grace)
	}
	defer stop()
	if err := build(ctx, r.engine, began); err != nil {
		return err
	}
	if dbt != "" {
		if err := buildWithDBT(ctx, c, dbt, r, s); err != nil {
			return err
		}
		if once {
			return nil
		}
	}
	connect(r, s)
	fmt.Fprintln(os.Stderr, r.ready())
	select {
	case <-ctx.Done():
		return nil
	case err := <-r.failed:
		return err
	}
}

// build makes the raw files, loads both deliveries, and prints the report.
func build(ctx context.Context, e *engine.Engine, began time.Time) error {
	step := func(what string, f func() error) error {
		start := time.Now()
		fmt.Printf("  %-46s", what)
		if err := f(); err != nil {
			fmt.Println("failed")
			return err
		}
		fmt.Printf("%7.2f s\n", time.Since(start).Seconds())
		return nil
	}
	fmt.Printf("TechMart in %s\n", e.Warehouse())
	raw := filepath.Join(e.Warehouse(), "raw")
	if err := step("raw files: two deliveries", func() error { return techmart.Generate(raw, techmart.Options{}) }); err != nil {
		return err
	}
	session, err := e.NewSession(engine.SessionOptions{User: "demo", Client: "demo", Local: true, KeepAlive: true})
	if err != nil {
		return err
	}
	defer session.Close()
	for _, delivery := range scripts.Deliveries() {
		if err := session.Set("raw", raw); err != nil {
			return err
		}
		if err := session.Set("delivery", delivery); err != nil {
			return err
		}
		for _, script := range scripts.Load() {
			if err := step(delivery+": "+script.Name, func() error { return runScript(ctx, session, script.SQL) }); err != nil {
				return err
			}
		}
	}
	if err := session.Exec(ctx, "USE gold"); err != nil {
		return err
	}
	for _, q := range scripts.Report() {
		fmt.Printf("\n%s\n", q.Title)
		if err := show(ctx, session, q.SQL); err != nil {
			return err
		}
	}
	fmt.Println("\nHow silver.customers came to be (each change is a version; SELECT … VERSION AS OF 1 reads an older one)")
	if err := history(ctx, session); err != nil {
		return err
	}
	fmt.Printf("\nBuilt in %.1f s.\n", time.Since(began).Seconds())
	return nil
}

// history prints the commits of the table that MERGE keeps the versions of customers in.
func history(ctx context.Context, s *engine.Session) error {
	result, err := s.Query(ctx, engine.Request{SQL: "DESCRIBE HISTORY silver.customers"})
	if err != nil {
		return err
	}
	defer result.Close()
	columns := map[string]bool{"version": true, "timestamp": true, "operation": true}
	w, _ := render.New("table", os.Stdout, render.Options{Zone: s.Zone()})
	var keep []int
	schema := types.NewStruct()
	for i, f := range result.Schema().Fields {
		if columns[f.Name] {
			keep, schema.Fields = append(keep, i), append(schema.Fields, f)
		}
	}
	if err := w.Begin(schema); err != nil {
		return err
	}
	for {
		b, err := result.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return w.End(render.Tail{Affected: -1, Version: -1})
		}
		var cols []*vector.Vector
		for _, i := range keep {
			cols = append(cols, b.Column(i))
		}
		if err := w.Batch(vector.NewBatch(cols, b.Len())); err != nil {
			return err
		}
	}
}

func runScript(ctx context.Context, s *engine.Session, script string) error {
	for _, piece := range engine.Split(script) {
		if err := s.Exec(ctx, piece.Text); err != nil {
			return err
		}
	}
	return nil
}

func show(ctx context.Context, s *engine.Session, sql string) error {
	result, err := s.Query(ctx, engine.Request{SQL: strings.TrimSuffix(strings.TrimSpace(sql), ";")})
	if err != nil {
		return err
	}
	defer result.Close()
	w, _ := render.New("table", os.Stdout, render.Options{Zone: s.Zone(), MaxWidth: 60})
	if err := w.Begin(result.Schema()); err != nil {
		return err
	}
	for {
		b, err := result.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return w.End(render.Tail{Affected: -1, Version: -1})
		}
		if err := w.Batch(b); err != nil {
			return err
		}
	}
}

// connect prints how to get at the tables.
func connect(r *running, s *config.Serve) {
	fmt.Println("\nConnect (Ctrl-C ends):")
	if a := r.address("http"); a != "" {
		fmt.Printf("  curl       curl 'http://%s/v1/sql?format=table' -d 'SELECT * FROM gold.metrics LIMIT 5'\n", a)
	}
	if a := r.address("flight"); a != "" {
		fmt.Printf("  shell      argan sql --url grpc://%s\n", a)
		fmt.Printf("  ADBC       python -c \"import adbc_driver_flightsql.dbapi as d; c = d.connect('grpc://%s').cursor(); c.execute('SELECT count(*) FROM gold.fact_sales'); print(c.fetchall())\"\n", a)
		fmt.Printf("  JDBC       jdbc:arrow-flight-sql://%s/?useEncryption=false\n", a)
	}
	if a := r.address("hive"); a != "" {
		fmt.Printf("  dbt        method: thrift, host and port: %s (argan demo --dbt runs a project; docs/dbt.md)\n", a)
	}
	fmt.Printf("  Delta      any Delta reader: %s\n\n", filepath.Join(s.Warehouse, "gold.db", "fact_sales"))
}
