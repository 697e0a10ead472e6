package delta

import (
	"sort"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
)

// deltaVersion is the version of Delta Lake that we behave as, for error messages.
const deltaVersion = "3.2.1"

// EngineInfo is who we say we are in commitInfo.
var EngineInfo = "Argan"

// feature is a table feature of the protocol.
type feature struct {
	name string
	// reader: readers must understand it too.
	reader bool
	// legacyReader and legacyWriter are the versions that brought it before there were feature lists, 0 if none did.
	legacyReader, legacyWriter int
	// writable says that we may write tables that have it.
	writable bool
	// readable says that we may read tables that have it (only asked of reader features).
	readable bool
	// needs are the features that must be there too.
	needs []string
	// settable says that delta.feature.NAME = supported may add it.
	settable bool
}

// The features by name. What is not here is refused by its name.
var features = func() map[string]feature {
	m := map[string]feature{}
	for _, f := range []feature{
		{name: "appendOnly", legacyWriter: 2, writable: true, settable: true},
		{name: "invariants", legacyWriter: 2, writable: true, settable: true},
		{name: "checkConstraints", legacyWriter: 3, writable: true, settable: true},
		{name: "changeDataFeed", legacyWriter: 4, writable: true, settable: true},
		{name: "generatedColumns", legacyWriter: 4, writable: true, settable: true},
		{name: "columnMapping", reader: true, legacyReader: 2, legacyWriter: 5, writable: true, readable: true, settable: true},
		{name: "identityColumns", legacyWriter: 6},
		{name: "deletionVectors", reader: true, writable: true, readable: true, settable: true},
		{name: "timestampNtz", reader: true, writable: true, readable: true, settable: true},
		{name: "v2Checkpoint", reader: true, writable: true, readable: true, settable: true},
		{name: "vacuumProtocolCheck", reader: true, writable: true, readable: true, settable: true},
		{name: "typeWidening", reader: true, writable: true, readable: true, settable: true},
		{name: "typeWidening-preview", reader: true, writable: true, readable: true, settable: true},
		{name: "domainMetadata", writable: true, settable: true},
		{name: "inCommitTimestamp", writable: true, settable: true},
		{name: "inCommitTimestamp-preview", writable: true, settable: true},
		{name: "allowColumnDefaults", writable: true, settable: true},
		{name: "clustering", writable: true, needs: []string{"domainMetadata"}},
		{name: "rowTracking", writable: true, needs: []string{"domainMetadata"}, settable: true},
		{name: "variantType", reader: true, readable: true},
		{name: "variantType-preview", reader: true, readable: true},
	} {
		m[f.name] = f
	}
	return m
}()

// KnownFeature says whether a table feature of the name is known, whether or not it can be written.
func KnownFeature(name string) bool {
	_, ok := features[name]
	return ok
}

// legacyFeatures lists what a writer (or reader) version below the feature lists stands for.
func legacyFeatures(p *Protocol) (out []string) {
	for name, f := range features {
		if f.legacyWriter > 0 && p.MinWriterVersion < 7 && f.legacyWriter <= p.MinWriterVersion && f.legacyReader <= p.MinReaderVersion {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

// Has says whether the table has a feature, by list or by version.
func (p *Protocol) Has(name string) bool {
	for _, f := range p.WriterFeatures {
		if f == name {
			return true
		}
	}
	f := features[name]
	return p.MinWriterVersion < 7 && f.legacyWriter > 0 && f.legacyWriter <= p.MinWriterVersion && f.legacyReader <= p.MinReaderVersion
}

// Features are the names of all features the table has, sorted.
func (p *Protocol) Features() []string {
	set := map[string]bool{}
	for _, list := range [][]string{p.ReaderFeatures, p.WriterFeatures, legacyFeatures(p)} {
		for _, n := range list {
			set[n] = true
		}
	}
	return sortedKeys(set)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func versionError(table string, p *Protocol) error {
	return sqlerr.New("DELTA_INVALID_PROTOCOL_VERSION", "tableNameOrPath", table, "readerRequired", strconv.Itoa(p.MinReaderVersion),
		"writerRequired", strconv.Itoa(p.MinWriterVersion), "deltaVersion", deltaVersion, "supportedReaders", "1, 2, 3", "supportedWriters", "1, 2, 3, 4, 5, 6, 7")
}

// checkRead refuses a table that we cannot read rightly, naming the features.
func (p *Protocol) checkRead(table string) error {
	if p.MinReaderVersion < 1 || p.MinReaderVersion > 3 {
		return versionError(table, p)
	}
	if p.MinReaderVersion < 3 {
		return nil
	}
	var bad []string
	for _, name := range p.ReaderFeatures {
		if f, ok := features[name]; !ok || !f.readable {
			bad = append(bad, name)
		}
	}
	if bad != nil {
		sort.Strings(bad)
		return sqlerr.New("DELTA_UNSUPPORTED_FEATURES_FOR_READ", "tableNameOrPath", table, "deltaVersion", deltaVersion, "unsupported", strings.Join(bad, ", "))
	}
	return nil
}

// checkWrite refuses a table that we cannot write rightly, naming the features.
func (p *Protocol) checkWrite(table string, m *Metadata) error {
	if err := p.checkRead(table); err != nil {
		return err
	}
	if p.MinWriterVersion < 1 || p.MinWriterVersion > 7 {
		return versionError(table, p)
	}
	var bad []string
	for _, name := range p.Features() {
		f, ok := features[name]
		if ok && f.writable {
			continue
		}
		// A legacy version stands for features that the table need not use.
		if name == "identityColumns" && p.MinWriterVersion < 7 && !m.hasIdentity() {
			continue
		}
		bad = append(bad, name)
	}
	if bad != nil {
		return sqlerr.New("DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", "tableNameOrPath", table, "deltaVersion", deltaVersion, "unsupported", strings.Join(bad, ", "))
	}
	return nil
}
