package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// hivePort is where HiveServer2 listens when nothing else is said.
const hivePort = "10000"

// profile is one output of dbt's profiles.yml: a connection.
type profile struct {
	file, name, target string
	node               *yaml.Node // the mapping of its keys
}

// dbt looks at the profile of the dbt project in a folder.
func (d *doctor) dbt(ctx context.Context, folder string) {
	if path, version, err := findDBT(ctx); err != nil {
		first, rest, _ := strings.Cut(err.Error(), "\n")
		d.note("%s\n%s", first, rest)
	} else {
		d.fine("%s: %s", path, version)
	}
	project := filepath.Join(folder, "dbt_project.yml")
	wanted := ""
	if raw, err := os.ReadFile(project); err != nil {
		d.note("%s cannot be read; every profile is looked at", project)
	} else {
		var p struct{ Profile string }
		if err := yaml.Unmarshal(raw, &p); err != nil {
			d.bad("Mend the file.", "%s: %v", project, err)
			return
		}
		wanted = evaluate(p.Profile)
	}
	file := profilesFile(folder)
	if file == "" {
		d.bad("Write a profiles.yml beside dbt_project.yml:\n"+exampleProfile(wanted), "there is no profiles.yml in %s, in $DBT_PROFILES_DIR or in ~/.dbt", folder)
		return
	}
	list, err := readProfiles(file, wanted)
	if err != nil {
		d.bad("Mend the file.", "%s: %v", file, err)
		return
	}
	if len(list) == 0 {
		d.bad("Add it, or name another in dbt_project.yml:\n"+exampleProfile(wanted), "%s has no profile %s", file, wanted)
		return
	}
	for _, p := range list {
		d.profile(ctx, p)
	}
}

// profilesFile is the file dbt would take: of $DBT_PROFILES_DIR, of the project, or of the user.
func profilesFile(folder string) string {
	dirs := []string{os.Getenv("DBT_PROFILES_DIR"), folder}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, ".dbt"))
	}
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		file := filepath.Join(dir, "profiles.yml")
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return ""
}

// readProfiles gives the outputs of a profile, or of all when none is wanted, in their order.
func readProfiles(file, wanted string) ([]profile, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return nil, err
	}
	if len(root.Content) == 0 {
		return nil, nil
	}
	var out []profile
	each(root.Content[0], func(name string, p *yaml.Node) {
		if wanted != "" && name != wanted || name == "config" {
			return
		}
		each(p, func(key string, outputs *yaml.Node) {
			if key == "outputs" {
				each(outputs, func(target string, node *yaml.Node) { out = append(out, profile{file, name, target, node}) })
			}
		})
	})
	return out, nil
}

// each visits the keys of a mapping.
func each(n *yaml.Node, visit func(key string, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		visit(n.Content[i].Value, n.Content[i+1])
	}
}

// envVar is the one thing of Jinja that profiles are full of.
var envVar = regexp.MustCompile(`\{\{\s*env_var\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]*)['"]\s*)?\)\s*(?:\|[^}]*)?\}\}`)

// evaluate replaces env_var(…) in a value.
func evaluate(value string) string {
	return envVar.ReplaceAllStringFunc(value, func(s string) string {
		m := envVar.FindStringSubmatch(s)
		if v, ok := os.LookupEnv(m[1]); ok {
			return v
		}
		return m[2]
	})
}

func (p profile) get(key string) string {
	value := ""
	each(p.node, func(k string, v *yaml.Node) {
		if k == key {
			value = evaluate(v.Value)
		}
	})
	return value
}

func (p profile) String() string { return p.name + "." + p.target }

func (d *doctor) profile(ctx context.Context, p profile) {
	if kind := p.get("type"); kind != "spark" {
		d.note("%s: type %s is no connection of Argan's", p, kind)
		return
	}
	switch method := p.get("method"); method {
	case "thrift":
		d.thrift(ctx, p)
	case "session":
		d.bad("Argan is a server, and needs no Spark beside dbt. Change these lines:\n"+p.toThrift(), "%s: method session starts a Spark of its own within dbt (%s)", p, p.file)
	case "http", "odbc":
		d.bad("Argan takes method thrift, as a Spark cluster's own Thrift Server does. Change these lines:\n"+p.toThrift(), "%s: method %s is for Databricks (%s)", p, method, p.file)
	default:
		d.bad("Write method: thrift.", "%s: method is %q (%s)", p, method, p.file)
	}
}

// toThrift is the change that makes an output one of method thrift, as a diff with the lines' numbers.
func (p profile) toThrift() string {
	want := map[string]string{"method": "thrift", "port": hivePort}
	if host := p.get("host"); host == "" || p.get("method") != "session" || host == "NA" {
		want["host"] = "localhost"
	}
	gone := map[string]bool{"driver": true, "cluster": true, "endpoint": true, "organization": true, "token": true, "connection_string_suffix": true}
	var b bytes.Buffer
	indent := "      "
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		k, v := p.node.Content[i], p.node.Content[i+1]
		indent = strings.Repeat(" ", max(0, k.Column-1))
		text, changed := want[k.Value]
		delete(want, k.Value)
		if (!changed || evaluate(v.Value) == text) && !gone[k.Value] {
			continue
		}
		fmt.Fprintf(&b, "       line %-3d - %s%s: %s\n", k.Line, indent, k.Value, v.Value)
		if changed {
			fmt.Fprintf(&b, "                + %s%s: %s\n", indent, k.Value, text)
		}
	}
	left := make([]string, 0, len(want))
	for k := range want {
		left = append(left, k)
	}
	sort.Strings(left)
	for _, k := range left {
		fmt.Fprintf(&b, "                + %s%s: %s\n", indent, k, want[k])
	}
	return strings.TrimRight(b.String(), "\n")
}

// thrift asks the server that a profile names for a session.
func (d *doctor) thrift(ctx context.Context, p profile) {
	host, port := p.get("host"), p.get("port")
	if port == "" {
		d.bad("Write port: "+hivePort+".", "%s: there is no port, and dbt takes 443 then (%s)", p, p.file)
		return
	}
	if p.get("schema") == "" {
		d.bad("Write schema: and the schema that models go to.", "%s: there is no schema (%s)", p, p.file)
		return
	}
	if p.get("auth") == "KERBEROS" {
		d.bad("Take auth: LDAP with user and password, or none at all.", "%s: Argan does not speak Kerberos (%s)", p, p.file)
		return
	}
	address := net.JoinHostPort(host, port)
	switch err := handshake(ctx, address, strings.EqualFold(p.get("use_ssl"), "true"), p.get("user"), p.get("password")); {
	case err == nil:
		d.fine("%s: HiveServer2 answers on %s", p, address)
	default:
		d.bad("Start it: argan serve --warehouse DIR --hive-port "+port+". With TLS on both sides, or on neither (use_ssl).", "%s: no HiveServer2 on %s: %s", p, address, reason(err))
	}
}

// handshake opens a connection and signs in as PyHive does: SASL PLAIN.
func handshake(ctx context.Context, address string, secure bool, user, password string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if secure {
		// Nothing secret is said: whether the certificate is trusted is for dbt to find out.
		conn, password = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}), "x" //nolint:gosec // see above
	}
	if user == "" {
		user = "dbt"
	}
	if password == "" {
		password = "x"
	}
	const start, good, complete = 1, 2, 5
	message := append(saslFrame(start, "PLAIN"), saslFrame(good, "\x00"+user+"\x00"+password)...)
	if _, err := conn.Write(message); err != nil {
		return err
	}
	var head [5]byte
	if _, err := conn.Read(head[:]); err != nil {
		return fmt.Errorf("something listens, but it does not answer as HiveServer2 does: %w", err)
	}
	if head[0] != complete {
		if secure {
			return nil // it speaks the protocol; the password was not the true one
		}
		return fmt.Errorf("the sign-in was refused")
	}
	return nil
}

func saslFrame(status byte, payload string) []byte {
	n := len(payload)
	return append([]byte{status, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, payload...)
}

func exampleProfile(name string) string {
	if name == "" {
		name = "my_project"
	}
	return fmt.Sprintf(`         %s:
           target: dev
           outputs:
             dev:
               type: spark
               method: thrift
               host: localhost
               port: %s
               schema: dwh
               threads: 4`, name, hivePort)
}
