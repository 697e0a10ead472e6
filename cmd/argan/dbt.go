package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	scripts "github.com/argan-sql/argan/examples/techmart"
	"github.com/argan-sql/argan/internal/config"
	"github.com/argan-sql/argan/sqlerr"
)

// installDBT is how dbt is had.
const installDBT = `python3 -m venv .venv && .venv/bin/pip install dbt-core==1.11.16 dbt-adapters==1.24.5 "dbt-spark[PyHive]==1.11.0" && export PATH=$PWD/.venv/bin:$PATH`

// findDBT gives the program dbt and what it says of its version; it must have the adapter for Spark.
func findDBT(ctx context.Context) (path, version string, err error) {
	path, err = exec.LookPath("dbt")
	if err != nil {
		return "", "", fmt.Errorf("dbt is not installed. Install it with:\n  %s", installDBT)
	}
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("%s --version fails: %w\n%s", path, err, out)
	}
	core, adapter := versionIn(string(out), "installed"), versionIn(string(out), "spark")
	if adapter == "" {
		return "", "", fmt.Errorf("%s has no adapter for Spark. Install it with:\n  %s", path, installDBT)
	}
	return path, "dbt " + core + " with dbt-spark " + adapter, nil
}

// versionIn finds the version behind "- name:" in what dbt --version prints.
func versionIn(text, name string) string {
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "- "+name+":"); ok {
			version, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return version
		}
	}
	return ""
}

// buildWithDBT runs the dbt project of the example against the demo's own server, for each delivery. The project lies in
// the warehouse's folder afterwards, to be looked at and run again.
func buildWithDBT(ctx context.Context, c *cobra.Command, dbt string, r *running, s *config.Serve) error {
	address := r.address("hive")
	if address == "" {
		return fmt.Errorf("%w: --dbt needs the port of HiveServer2; it is off", errUsage)
	}
	if s.TLS.Cert != "" {
		return sqlerr.Unsupported("The demo's dbt over TLS")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	folder := filepath.Join(r.engine.Warehouse(), "dwh")
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.CopyFS(folder, scripts.Project()); err != nil {
		return fmt.Errorf("writing the dbt project: %w", err)
	}
	deliveries := scripts.Deliveries()
	for i, delivery := range deliveries {
		vars := fmt.Sprintf("{delivery: %s, compare_with_scripts: %t}", delivery, i == len(deliveries)-1)
		args := []string{"build", "--vars", vars, "--event-time-start", "2025-10-01", "--event-time-end", "2026-02-01"}
		if i == 0 {
			args = append(args, "--full-refresh")
		}
		fmt.Fprintf(c.OutOrStdout(), "\ndbt %s\n", strings.Join(args, " "))
		run := exec.CommandContext(ctx, dbt, args...)
		run.Dir = folder
		run.Env = append(os.Environ(), "DBT_PROFILES_DIR=.", "ARGAN_HOST="+host, "ARGAN_HIVE_PORT="+port)
		run.Stdout, run.Stderr = c.OutOrStdout(), c.ErrOrStderr()
		run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
		if err := run.Run(); err != nil {
			return fmt.Errorf("dbt build of %s: %w (the project is in %s)", delivery, err, folder)
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "\nThe project is in %s; its tables are in the schemas dwh_*:\n  cd %s && DBT_PROFILES_DIR=. ARGAN_HIVE_PORT=%s dbt docs generate\n", folder, folder, port)
	return nil
}
