package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/argan-sql/argan/internal/techmart"
)

func genCommand() *cobra.Command {
	c := &cobra.Command{Use: "gen", Short: "Make sample data"}
	var o techmart.Options
	var out string
	tm := &cobra.Command{
		Use: "techmart --out DIR", Short: "Write TechMart's raw files: two deliveries of customers, products, transactions and web events", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if out == "" {
				return fmt.Errorf("%w: no folder given; say --out DIR", errUsage)
			}
			if o.Factor < 1 {
				return fmt.Errorf("%w: --factor must be at least 1", errUsage)
			}
			if err := techmart.Generate(out, o); err != nil {
				return err
			}
			fmt.Printf("wrote %s/day1 and %s/day2\n", out, out)
			return nil
		},
	}
	tm.Flags().StringVar(&out, "out", "", "The folder to write to.")
	tm.Flags().IntVar(&o.Factor, "factor", 1, "How many times as many customers, transactions and events.")
	tm.Flags().Int64Var(&o.Seed, "seed", techmart.DefaultSeed, "Chooses the data; the same seed always gives the same bytes.")
	c.AddCommand(tm)
	return c
}
