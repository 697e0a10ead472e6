package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/argan-sql/argan/sqlerr"
)

// client is what kafka.* options say of the connection.
type client struct {
	seeds    []string
	id       string
	rack     string
	group    string
	protocol string // security.protocol

	mechanism      string
	user, password string

	verifyName  bool // ssl.endpoint.identification.algorithm
	authorities [][]byte
	chain, key  []byte
	minTLS      uint16

	uncommitted bool
	fetchBytes  int32         // of one answer
	partBytes   int32         // of a partition in one answer
	minBytes    int32         // before a waiting broker answers
	maxWait     time.Duration // how long a broker waits for minBytes
	timeout     time.Duration // of a request
	metadataAge time.Duration
	idle        time.Duration
	checksums   bool
	retries     int
	backoff     time.Duration
}

func newClient() client {
	return client{
		id: "argan", protocol: "PLAINTEXT", verifyName: true, minTLS: tls.VersionTLS12,
		fetchBytes: 8 << 20, partBytes: 1 << 20, minBytes: 1, maxWait: 2 * time.Second, timeout: 30 * time.Second,
		metadataAge: 10 * time.Second, idle: 9 * time.Minute, checksums: true, retries: 3, backoff: 100 * time.Millisecond,
	}
}

// servers takes host:port,host:port.
func (c *client) servers(v string) error {
	var seeds []string
	for _, s := range strings.Split(v, ",") {
		if s = strings.TrimSpace(s); s != "" {
			seeds = append(seeds, s)
		}
	}
	if len(seeds) == 0 {
		return errors.New("want host:port,host:port")
	}
	if c.seeds != nil && !slices.Equal(c.seeds, seeds) {
		return errors.New("the brokers are given twice")
	}
	c.seeds = seeds
	return nil
}

// setting is an option of Kafka's consumer.
type setting struct {
	name string
	take func(c *client, value string) error
}

// settings are the options kafka.* by their names at Kafka's consumer.
var settings = []setting{
	{"bootstrap.servers", (*client).servers},
	{"client.id", func(c *client, v string) error { c.id = v; return nil }},
	{"client.rack", func(c *client, v string) error { c.rack = v; return nil }},
	{"group.id", func(c *client, v string) error { c.group = v; return nil }},
	{"security.protocol", func(c *client, v string) error {
		c.protocol = strings.ToUpper(v)
		return oneOf(c.protocol, "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
	}},
	{"sasl.mechanism", func(c *client, v string) error {
		c.mechanism = strings.ToUpper(v)
		return oneOf(c.mechanism, "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
	}},
	{"sasl.jaas.config", (*client).jaas},
	{"ssl.truststore.type", pemOnly},
	{"ssl.keystore.type", pemOnly},
	{"ssl.truststore.location", func(c *client, v string) error { return c.trust(os.ReadFile(v)) }},
	{"ssl.truststore.certificates", func(c *client, v string) error { return c.trust([]byte(v), nil) }},
	{"ssl.keystore.location", func(c *client, v string) (err error) {
		c.chain, err = pem(os.ReadFile(v))
		c.key = c.chain
		return err
	}},
	{"ssl.keystore.certificate.chain", func(c *client, v string) (err error) { c.chain, err = pem([]byte(v), nil); return err }},
	{"ssl.keystore.key", func(c *client, v string) (err error) { c.key, err = pem([]byte(v), nil); return err }},
	// The names of the C library, which people have PEM files with.
	{"ssl.ca.location", func(c *client, v string) error { return c.trust(os.ReadFile(v)) }},
	{"ssl.certificate.location", func(c *client, v string) (err error) { c.chain, err = pem(os.ReadFile(v)); return err }},
	{"ssl.key.location", func(c *client, v string) (err error) { c.key, err = pem(os.ReadFile(v)); return err }},
	{"ssl.endpoint.identification.algorithm", func(c *client, v string) error {
		c.verifyName = v != "" && !strings.EqualFold(v, "none")
		return oneOf(strings.ToLower(v), "https", "none", "")
	}},
	{"ssl.protocol", (*client).tlsVersion},
	{"ssl.enabled.protocols", (*client).tlsVersion},
	{"isolation.level", func(c *client, v string) error {
		c.uncommitted = strings.EqualFold(v, "read_uncommitted")
		return oneOf(strings.ToLower(v), "read_committed", "read_uncommitted")
	}},
	{"fetch.min.bytes", func(c *client, v string) error { return size(v, &c.minBytes) }},
	{"fetch.max.bytes", func(c *client, v string) error { return size(v, &c.fetchBytes) }},
	{"max.partition.fetch.bytes", func(c *client, v string) error { return size(v, &c.partBytes) }},
	{"fetch.max.wait.ms", func(c *client, v string) error { return millis(v, &c.maxWait) }},
	{"request.timeout.ms", func(c *client, v string) error { return millis(v, &c.timeout) }},
	{"metadata.max.age.ms", func(c *client, v string) error { return millis(v, &c.metadataAge) }},
	{"connections.max.idle.ms", func(c *client, v string) error { return millis(v, &c.idle) }},
	{"retry.backoff.ms", func(c *client, v string) error { return millis(v, &c.backoff) }},
	{"check.crcs", func(c *client, v string) (err error) { c.checksums, err = truth(v); return err }},
	// Of groups and buffers that this reader does not have: there is nothing to change.
	{"session.timeout.ms", nothing},
	{"heartbeat.interval.ms", nothing},
	{"max.poll.records", nothing},
	{"max.poll.interval.ms", nothing},
	{"receive.buffer.bytes", nothing},
	{"send.buffer.bytes", nothing},
	{"reconnect.backoff.ms", nothing},
	{"reconnect.backoff.max.ms", nothing},
	{"default.api.timeout.ms", nothing},
	{"client.dns.lookup", nothing},
}

// forbidden are settings that would break what a read promises; Spark refuses them too.
var forbidden = map[string]string{
	"auto.offset.reset":       "where to start is said by startingOffsets",
	"enable.auto.commit":      "positions are kept with the rows, not in the group",
	"key.deserializer":        "keys are binary; cast them or use from_json, from_avro, from_protobuf",
	"value.deserializer":      "values are binary; cast them or use from_json, from_avro, from_protobuf",
	"interceptor.classes":     "there are no interceptors",
	"key.serializer":          "it is a producer's",
	"value.serializer":        "it is a producer's",
	"ssl.key.password":        "encrypted keys are not read; give the key unencrypted in a file that only this user can read",
	"ssl.keystore.password":   "key stores are PEM files, which have no password",
	"ssl.truststore.password": "trust stores are PEM files, which have no password",
}

// set takes the option kafka.<key>.
func (c *client) set(key, value string) error {
	name := "kafka." + key
	if why, ok := forbidden[key]; ok {
		return invalid(name, why)
	}
	for _, s := range settings {
		if s.name != key {
			continue
		}
		if err := s.take(c, strings.TrimSpace(value)); err != nil {
			return invalid(name, err.Error())
		}
		return nil
	}
	return unknown(name)
}

// check looks at what belongs together.
func (c *client) check() error {
	switch {
	case strings.HasPrefix(c.protocol, "SASL") && c.user == "":
		return sqlerr.New("KAFKA_MISSING_OPTION", "option", "kafka.sasl.jaas.config")
	case strings.HasPrefix(c.protocol, "SASL") && c.mechanism == "":
		return sqlerr.New("KAFKA_MISSING_OPTION", "option", "kafka.sasl.mechanism")
	case !strings.HasPrefix(c.protocol, "SASL") && (c.user != "" || c.mechanism != ""):
		return invalid("kafka.security.protocol", "SASL is set up, so it must be SASL_PLAINTEXT or SASL_SSL")
	case !strings.HasSuffix(c.protocol, "SSL") && (c.authorities != nil || c.chain != nil || c.key != nil):
		return invalid("kafka.security.protocol", "certificates are given, so it must be SSL or SASL_SSL")
	case (c.chain == nil) != (c.key == nil):
		return invalid("kafka.ssl.keystore.key", "a certificate and its key belong together")
	}
	return nil
}

func nothing(*client, string) error { return nil }

func oneOf(v string, known ...string) error {
	if slices.Contains(known, v) {
		return nil
	}
	return fmt.Errorf("want one of %s", strings.Trim(strings.Join(known, ", "), ", "))
}

func size(v string, into *int32) error {
	n, err := whole(v, 1, math.MaxInt32)
	*into = int32(n)
	return err
}

func millis(v string, into *time.Duration) error {
	n, err := whole(v, 1, math.MaxInt32)
	*into = time.Duration(n) * time.Millisecond
	return err
}

func pemOnly(_ *client, v string) error {
	if strings.EqualFold(v, "PEM") {
		return nil
	}
	return errors.New("only PEM is read; keytool and openssl turn other stores into it")
}

// pem looks at what a file or a text holds.
func pem(text []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if !strings.Contains(string(text), "-----BEGIN ") {
		return nil, errors.New("it is not PEM")
	}
	if strings.Contains(string(text), "ENCRYPTED PRIVATE KEY") || strings.Contains(string(text), "Proc-Type: 4,ENCRYPTED") {
		return nil, errors.New("the key is encrypted")
	}
	return text, nil
}

func (c *client) trust(text []byte, err error) error {
	if text, err = pem(text, err); err == nil {
		c.authorities = append(c.authorities, text)
	}
	return err
}

func (c *client) tlsVersion(v string) error {
	c.minTLS = 0
	for _, p := range strings.Split(v, ",") {
		switch strings.TrimSpace(p) {
		case "TLS", "TLSv1.2":
			c.minTLS = tls.VersionTLS12
		case "TLSv1.3":
			if c.minTLS == 0 {
				c.minTLS = tls.VersionTLS13
			}
		default:
			return errors.New("want TLSv1.2 or TLSv1.3")
		}
	}
	return nil
}

var jaasEntry = regexp.MustCompile(`([A-Za-z0-9_.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))`)

// jaas reads the user and the password out of Java's login configuration. Its value is a secret: errors do not repeat it.
func (c *client) jaas(v string) error {
	module, rest, _ := strings.Cut(v, " ")
	module = module[strings.LastIndexByte(module, '.')+1:]
	if module != "PlainLoginModule" && module != "ScramLoginModule" {
		return errors.New("want PlainLoginModule or ScramLoginModule")
	}
	for _, m := range jaasEntry.FindAllStringSubmatch(rest, -1) {
		value := m[3]
		if m[3] == "" {
			value = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[2])
		}
		switch m[1] {
		case "username":
			c.user = value
		case "password":
			c.password = value
		}
	}
	if c.user == "" {
		return errors.New(`want … required username="…" password="…";`)
	}
	return nil
}

// tlsConfig is for the protocols with TLS, nil for the others.
func (c *client) tlsConfig() (*tls.Config, error) {
	if !strings.HasSuffix(c.protocol, "SSL") {
		return nil, nil
	}
	cfg := &tls.Config{MinVersion: c.minTLS}
	if len(c.authorities) > 0 {
		cfg.RootCAs = x509.NewCertPool()
		for _, a := range c.authorities {
			if !cfg.RootCAs.AppendCertsFromPEM(a) {
				return nil, invalid("kafka.ssl.truststore", "it holds no certificate")
			}
		}
	}
	if c.chain != nil {
		pair, err := tls.X509KeyPair(c.chain, c.key)
		if err != nil {
			return nil, invalid("kafka.ssl.keystore", "certificate and key cannot be used: "+err.Error())
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	if !c.verifyName {
		// The chain is verified all the same; only the name is not.
		cfg.InsecureSkipVerify = true
		cfg.VerifyConnection = func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 {
				return errors.New("the broker shows no certificate")
			}
			o := x509.VerifyOptions{Roots: cfg.RootCAs, Intermediates: x509.NewCertPool()}
			for _, i := range s.PeerCertificates[1:] {
				o.Intermediates.AddCert(i)
			}
			_, err := s.PeerCertificates[0].Verify(o)
			return err
		}
	}
	return cfg, nil
}

// connect makes a client; nothing is sent yet.
func (c *client) connect() (*kgo.Client, error) {
	// Answers to newer fetches name topics by number alone; these are found by name, so that both kinds of broker serve.
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(fetchKey, 12)
	o := []kgo.Opt{
		kgo.SeedBrokers(c.seeds...), kgo.ClientID(c.id), kgo.MaxVersions(versions), kgo.DisableClientMetrics(),
		kgo.RequestRetries(c.retries), kgo.RetryTimeout(c.timeout), kgo.RetryBackoffFn(func(int) time.Duration { return c.backoff }),
		kgo.RequestTimeoutOverhead(max(c.timeout, time.Second)), kgo.ConnIdleTimeout(c.idle), kgo.DialTimeout(min(10*time.Second, c.timeout)),
		kgo.BrokerMaxReadBytes(int32(min(math.MaxInt32, 100<<20+2*int64(c.fetchBytes)))), kgo.MetadataMinAge(50 * time.Millisecond),
	}
	cfg, err := c.tlsConfig()
	if err != nil {
		return nil, err
	}
	if cfg != nil {
		o = append(o, kgo.DialTLSConfig(cfg))
	}
	if strings.HasPrefix(c.protocol, "SASL") {
		o = append(o, kgo.SASL(c.sasl()))
	}
	k, err := kgo.NewClient(o...)
	if err != nil {
		return nil, invalid("kafka", err.Error())
	}
	return k, nil
}

func (c *client) sasl() sasl.Mechanism {
	switch c.mechanism {
	case "PLAIN":
		return plain.Auth{User: c.user, Pass: c.password}.AsMechanism()
	case "SCRAM-SHA-512":
		return scram.Sha512(func(context.Context) (scram.Auth, error) { return scram.Auth{User: c.user, Pass: c.password}, nil })
	}
	return scram.Sha256(func(context.Context) (scram.Auth, error) { return scram.Auth{User: c.user, Pass: c.password}, nil })
}
