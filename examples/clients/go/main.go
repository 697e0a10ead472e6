// Command go asks a server for the turnover by category with arrow-go's Flight SQL client.
//
// In: ARGAN_URI (grpc://HOST:PORT, default localhost:32010; grpc+tls:// with TLS), ARGAN_USER and ARGAN_PASSWORD or
// ARGAN_TOKEN, and ARGAN_CA, a PEM file with the authority of the server's certificate where the system does not know it.
// Out: the rows on stdout.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	address, secure := strings.CutPrefix(os.Getenv("ARGAN_URI"), "grpc+tls://")
	address = strings.TrimPrefix(address, "grpc://")
	if address == "" {
		address = "localhost:32010"
	}
	transport := insecure.NewCredentials()
	if secure {
		how := &tls.Config{MinVersion: tls.VersionTLS12}
		if file := os.Getenv("ARGAN_CA"); file != "" {
			pem, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			how.RootCAs = x509.NewCertPool()
			if !how.RootCAs.AppendCertsFromPEM(pem) {
				return fmt.Errorf("no certificate in %s", file)
			}
		}
		transport = credentials.NewTLS(how)
	}
	client, err := flightsql.NewClient(address, nil, nil, grpc.WithTransportCredentials(transport))
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if token := os.Getenv("ARGAN_TOKEN"); token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	} else if user := os.Getenv("ARGAN_USER"); user != "" {
		if ctx, err = client.Client.AuthenticateBasicToken(ctx, user, os.Getenv("ARGAN_PASSWORD")); err != nil {
			return err
		}
	}
	info, err := client.Execute(ctx, "SELECT category, sales, turnover FROM gold.metrics WHERE grain = 'category' ORDER BY turnover DESC")
	if err != nil {
		return err
	}
	for _, endpoint := range info.Endpoint {
		reader, err := client.DoGet(ctx, endpoint.Ticket)
		if err != nil {
			return err
		}
		for reader.Next() {
			batch := reader.RecordBatch()
			for row := range int(batch.NumRows()) {
				fmt.Printf("%-20s %6s %16s\n", batch.Column(0).ValueStr(row), batch.Column(1).ValueStr(row), batch.Column(2).ValueStr(row))
			}
		}
		err = reader.Err()
		reader.Release()
		if err != nil {
			return err
		}
	}
	return nil
}
