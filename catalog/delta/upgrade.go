package delta

import (
	"sort"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// requiredFeatures are those that a table's metadata cannot do without.
func requiredFeatures(m *Metadata) map[string]bool {
	need := map[string]bool{}
	for key, name := range map[string]string{
		"delta.appendOnly": "appendOnly", "delta.enableChangeDataFeed": "changeDataFeed", "delta.enableDeletionVectors": "deletionVectors",
		"delta.enableInCommitTimestamps": "inCommitTimestamp", "delta.enableInCommitTimestamps-preview": "inCommitTimestamp-preview",
		"delta.enableTypeWidening": "typeWidening-preview", "delta.enableRowTracking": "rowTracking",
	} {
		if m.On(key) {
			need[name] = true
		}
	}
	if strings.EqualFold(m.Configuration["delta.checkpointPolicy"], "v2") {
		need["v2Checkpoint"] = true
	}
	if m.MappingMode() != "none" {
		need["columnMapping"] = true
	}
	if len(m.Constraints()) > 0 {
		need["checkConstraints"] = true
	}
	for _, f := range m.Schema.Fields {
		if !f.Nullable {
			need["invariants"] = true
		}
	}
	walkFields(m.Schema, func(f types.Field) {
		for key, name := range map[string]string{keyGeneration: "generatedColumns", keyInvariants: "invariants", keyIdentity: "identityColumns"} {
			if f.Metadata[key] != nil {
				need[name] = true
			}
		}
	})
	if m.Schema.HasNested(func(t *types.Type) bool { return t.Kind == types.TimestampNTZ }) {
		need["timestampNtz"] = true
	}
	if m.Schema.HasNested(func(t *types.Type) bool { return t.Kind == types.Variant }) {
		need["variantType"] = true
	}
	return need
}

// upgrade gives the protocol that a table needs after a change of its metadata: the one it has, with what is missing.
// The keys that only ask for protocol (delta.feature.*, delta.minReaderVersion, delta.minWriterVersion) are taken out of
// the metadata. current is nil for a new table.
func upgrade(current *Protocol, m *Metadata, extra ...string) (*Protocol, error) {
	need := requiredFeatures(m)
	for _, f := range extra {
		need[f] = true
	}
	explicit := len(extra) > 0
	if current != nil { // the final form of a feature serves where its preview is asked for
		for _, name := range []string{"typeWidening", "inCommitTimestamp"} {
			if current.Has(name) {
				delete(need, name+"-preview")
			}
		}
	}
	base := freshProtocol
	if current != nil {
		base = current
	}
	wantReader, wantWriter := 0, 0
	for _, key := range sortedKeys(m.Configuration) {
		if name, ok := strings.CutPrefix(key, "delta.feature."); ok {
			f, known := features[name]
			if !known || !f.settable {
				return nil, sqlerr.New("DELTA_UNSUPPORTED_FEATURES_IN_CONFIG", "configs", name)
			}
			need[name], explicit = true, true
			delete(m.Configuration, key)
		}
		if key == "delta.minReaderVersion" || key == "delta.minWriterVersion" {
			n, err := strconv.Atoi(m.Configuration[key])
			if err != nil {
				return nil, sqlerr.New("DELTA_PROTOCOL_PROPERTY_NOT_INT", "key", key, "value", m.Configuration[key])
			}
			if key == "delta.minReaderVersion" {
				wantReader = n
			} else {
				wantWriter = n
			}
			delete(m.Configuration, key)
		}
	}
	if wantReader > 3 || wantWriter > 7 {
		return nil, versionError("", &Protocol{MinReaderVersion: max(wantReader, 1), MinWriterVersion: max(wantWriter, 1)})
	}
	if wantReader == 3 && max(wantWriter, base.MinWriterVersion) < 7 {
		return nil, sqlerr.New("DELTA_READ_FEATURE_PROTOCOL_REQUIRES_WRITE", "writerVersion", "7", "docLink", "https://docs.delta.io/latest/versioning.html")
	}
	var all []string
	for name := range need {
		all = append(all, name)
		all = append(all, features[name].needs...)
	}
	for _, name := range all {
		if f, ok := features[name]; !ok || !f.writable {
			return nil, sqlerr.New("DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", "tableNameOrPath", "", "deltaVersion", deltaVersion, "unsupported", name)
		}
	}
	return base.with(all, explicit, wantReader, wantWriter), nil
}

// with is the least protocol that has what p has, the named features and the wanted versions. Versions from before the
// feature lists are kept as long as they can say it all.
func (p *Protocol) with(names []string, lists bool, reader, writer int) *Protocol {
	out := &Protocol{MinReaderVersion: max(p.MinReaderVersion, reader), MinWriterVersion: max(p.MinWriterVersion, writer)}
	missing := map[string]bool{}
	lists = lists || out.MinWriterVersion >= 7
	for _, name := range names {
		if p.Has(name) && !p.fresh() {
			continue
		}
		missing[name] = true
		lists = lists || features[name].legacyWriter == 0
	}
	if !lists {
		for name := range missing {
			out.MinReaderVersion = max(out.MinReaderVersion, features[name].legacyReader)
			out.MinWriterVersion = max(out.MinWriterVersion, features[name].legacyWriter)
		}
		return out
	}
	out.MinWriterVersion = 7
	have := append([]string{}, p.WriterFeatures...)
	if p.MinWriterVersion < 7 && !p.fresh() {
		have = append(have, legacyFeatures(p)...)
	}
	have = append(have, sortedKeys(missing)...)
	for _, name := range have {
		f := features[name]
		if f.reader && f.legacyReader == 0 {
			out.MinReaderVersion = 3
		} else if f.reader {
			out.MinReaderVersion = max(out.MinReaderVersion, f.legacyReader)
		}
	}
	out.WriterFeatures = have
	if out.MinReaderVersion >= 3 {
		out.ReaderFeatures = append([]string{}, p.ReaderFeatures...)
		seen := map[string]bool{}
		for _, n := range p.ReaderFeatures {
			seen[n] = true
		}
		for _, n := range have {
			if features[n].reader && !seen[n] {
				out.ReaderFeatures = append(out.ReaderFeatures, n)
			}
		}
	}
	return out
}

// fresh says that this is the protocol a new table starts from, which stands for no features yet.
func (p *Protocol) fresh() bool { return p == freshProtocol }

var freshProtocol = &Protocol{MinReaderVersion: 1, MinWriterVersion: 2}

// equal compares protocols, features in any order.
func (p *Protocol) equal(q *Protocol) bool {
	same := func(a, b []string) bool {
		a, b = append([]string{}, a...), append([]string{}, b...)
		sort.Strings(a)
		sort.Strings(b)
		return strings.Join(a, ",") == strings.Join(b, ",")
	}
	return p.MinReaderVersion == q.MinReaderVersion && p.MinWriterVersion == q.MinWriterVersion &&
		same(p.ReaderFeatures, q.ReaderFeatures) && same(p.WriterFeatures, q.WriterFeatures)
}
