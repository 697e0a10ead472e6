package kafka

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

func TestParseOptions(t *testing.T) {
	pemFile := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(pemFile, []byte("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	jaas := `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="s3cret";`
	for _, c := range []struct {
		name    string
		options string // name=value, one a line; servers and topic are there already unless it starts with a minus
		class   string // of the error, "" for none
		says    string // part of the error
	}{
		{"least", "", "", ""},
		{"any case", "STARTINGOFFSETS=earliest\nKafka.Fetch.Max.Bytes=1000", "", ""},
		{"no topic", "-kafka.bootstrap.servers=x:1", "KAFKA_MISSING_OPTION", "subscribe"},
		{"no servers", "-subscribe=t", "KAFKA_MISSING_OPTION", "bootstrapServers"},
		{"two ways", "subscribePattern=a.*", "KAFKA_INVALID_OPTION", "only one of"},
		{"unknown", "startingOfsets=earliest", "KAFKA_UNKNOWN_OPTION", "Did you mean startingOffsets?"},
		{"unknown of the client", "kafka.fetch.max.byte=3", "KAFKA_UNKNOWN_OPTION", "kafka.fetch.max.bytes"},
		{"consumer's business", "kafka.auto.offset.reset=earliest", "KAFKA_INVALID_OPTION", "startingOffsets"},
		{"not a number", "maxOffsetsPerTrigger=many", "KAFKA_INVALID_OPTION", "maxOffsetsPerTrigger"},
		{"not yet", "minOffsetsPerTrigger=5", "UNSUPPORTED_FEATURE", "minOffsetsPerTrigger"},
		{"not a pattern", "-kafka.bootstrap.servers=x:1\nsubscribePattern=a(", "KAFKA_INVALID_OPTION", "subscribePattern"},
		{"kerberos", "kafka.security.protocol=SASL_SSL\nkafka.sasl.mechanism=GSSAPI", "KAFKA_INVALID_OPTION", "SCRAM-SHA-512"},
		{"no user", "kafka.security.protocol=SASL_SSL\nkafka.sasl.mechanism=PLAIN", "KAFKA_MISSING_OPTION", "jaas"},
		{"SASL in plain", "kafka.sasl.mechanism=PLAIN\nkafka.sasl.jaas.config=" + jaas, "KAFKA_INVALID_OPTION", "security.protocol"},
		{"SASL", "kafka.security.protocol=SASL_SSL\nkafka.sasl.mechanism=PLAIN\nkafka.sasl.jaas.config=" + jaas, "", ""},
		{"other module", "kafka.sasl.jaas.config=com.sun.Krb5LoginModule required password=\"s3cret\";", "KAFKA_INVALID_OPTION", "ScramLoginModule"},
		{"PEM", "kafka.security.protocol=SSL\nkafka.ssl.truststore.type=PEM\nkafka.ssl.truststore.location=" + pemFile, "", ""},
		{"JKS", "kafka.security.protocol=SSL\nkafka.ssl.truststore.type=JKS", "KAFKA_INVALID_OPTION", "PEM"},
		{"certificate without key", "kafka.security.protocol=SSL\nkafka.ssl.certificate.location=" + pemFile, "KAFKA_INVALID_OPTION", "belong together"},
		{"no file", "kafka.security.protocol=SSL\nkafka.ssl.truststore.location=/nowhere", "KAFKA_INVALID_OPTION", "/nowhere"},
		{"backwards", "startingOffsets=latest\nendingOffsets=earliest", "KAFKA_INVALID_OPTION", "endingOffsets"},
	} {
		text, bare := strings.CutPrefix(c.options, "-")
		m := map[string]string{}
		if !bare {
			m["kafka.bootstrap.servers"], m["subscribe"] = "a:1, b:2", "t, u"
		}
		for _, line := range strings.Split(text, "\n") {
			if k, v, ok := strings.Cut(line, "="); ok {
				m[k] = v
			}
		}
		o, err := ParseOptions(m, false)
		switch {
		case c.class == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.class != "" && (!sqlerr.Is(err, c.class) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %s with %q", c.name, err, c.class, c.says)
		}
		if strings.Contains(o.String(), "s3cret") || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the password shows", c.name)
		}
	}
}

func TestOptionValues(t *testing.T) {
	base := map[string]string{"bootstrapServers": "a:1", "subscribe": "t"}
	with := func(kv ...string) map[string]string {
		m := map[string]string{}
		for k, v := range base {
			m[k] = v
		}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	o, err := ParseOptions(base, true)
	if err != nil || o.Starting.Kind != Latest || !o.FailOnDataLoss || o.client.uncommitted {
		t.Errorf("%+v, %v", o.Starting, err)
	}
	if o, err = ParseOptions(base, false); err != nil || o.Starting.Kind != Earliest || o.Ending.Kind != Latest {
		t.Errorf("%+v, %v", o.Starting, err)
	}
	// One timestamp wins over timestamps by partition, these over offsets.
	o, err = ParseOptions(with("startingTimestamp", "5", "startingOffsetsByTimestamp", `{"t":{"0":9}}`, "startingOffsets", "latest"), false)
	if err != nil || o.Starting.Kind != AtTimestamp || o.Starting.Timestamp != 5 {
		t.Errorf("%+v, %v", o.Starting, err)
	}
	if _, err = ParseOptions(with("endingOffsets", "latest"), true); !sqlerr.Is(err, "KAFKA_INVALID_OPTION") {
		t.Errorf("a stream with an end: %v", err)
	}
	o, err = ParseOptions(with("kafka.security.protocol", "SASL_SSL", "kafka.sasl.mechanism", "SCRAM-SHA-512", "kafka.sasl.jaas.config",
		`kafkashaded.org.apache.kafka.common.security.scram.ScramLoginModule required username=bob password="a\"b\\c";`), false)
	if err != nil || o.client.user != "bob" || o.client.password != `a"b\c` {
		t.Errorf("%q, %v", o.client.user, err)
	}
}

func TestLinkBackoff(t *testing.T) {
	k := &link{}
	for range 20 {
		k.fail(errors.New("away"), 50*time.Millisecond)
	}
	if d := time.Until(k.retry); d > 2*time.Second || d < time.Second {
		t.Errorf("the wait has grown to %s", d)
	}
}
