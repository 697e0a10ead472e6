package hivesrv

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/engine/signin"
	"github.com/argan-sql/argan/internal/certificate"
	"github.com/argan-sql/argan/internal/certificate/certtest"
)

// withUsers is a warehouse with the users ann and bob; bob has a token.
func withUsers(t *testing.T) (warehouse, token string) {
	t.Helper()
	warehouse = t.TempDir()
	m, err := metastore.Open(warehouse)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close() //nolint:errcheck // a folder for the test
	ctx := context.Background()
	for name, password := range map[string]string{"ann": "secret", "bob": "other"} {
		hash, err := signin.HashPassword(password)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.CreateUser(ctx, access.User{Name: name, Hash: hash, Administrator: true}, nil); err != nil {
			t.Fatal(err)
		}
	}
	token, hash := signin.NewToken()
	if err := m.CreateToken(ctx, metastore.Token{Name: "t", User: "bob"}, hash); err != nil {
		t.Fatal(err)
	}
	return warehouse, token
}

func TestPasswords(t *testing.T) {
	warehouse, token := withUsers(t)
	s := servingAt(t, warehouse, nil)
	for _, k := range []struct {
		user, password string
		state          byte
	}{
		{"ann", "secret", saslComplete},
		{"bob", "other", saslComplete},
		{"bob", token, saslComplete},
		{"ann", "other", saslBad},
		{"eve", "secret", saslBad},
		{"", "", saslBad},
		{"ann", "", saslBad},
	} {
		conn := dial(t, s)
		state, text := signed(t, conn, "PLAIN", saslOK, k.user, k.password)
		if state != k.state || state == saslBad && !strings.Contains(text, "AUTHENTICATION_") {
			t.Errorf("%s %s: %d %s", k.user, k.password, state, text)
		}
		if state == saslComplete {
			c := &client{TCLIServiceClient: on(conn, true), t: t, conn: conn, version: jdbc}
			c.open(nil)
			if got := c.query("SELECT current_user()"); got[0][0] != k.user {
				t.Errorf("%s is %v", k.user, got)
			}
		}
	}
	// Without SASL it is in OpenSession that a client says who it is.
	name, right, wrong := "ann", "secret", "x"
	for password, ok := range map[*string]bool{&right: true, &wrong: false, nil: false} {
		c := on(dial(t, s), false)
		r, err := c.OpenSession(context.Background(), &hive.TOpenSessionReq{ClientProtocol: jdbc, Username: &name, Password: password})
		if err != nil || (r.Status.StatusCode == hive.TStatusCode_SUCCESS_STATUS) != ok || !ok && r.Status.GetSqlState()[:2] != "28" {
			t.Errorf("%v %v", r, err)
		}
	}
}

// Nobody uses what is another's, whatever they know of it.
func TestOwners(t *testing.T) {
	warehouse, _ := withUsers(t)
	s := servingAt(t, warehouse, nil)
	open := func(user, password string) *client {
		conn := dial(t, s)
		if state, text := signed(t, conn, "PLAIN", saslOK, user, password); state != saslComplete {
			t.Fatal(text)
		}
		c := &client{TCLIServiceClient: on(conn, true), t: t, conn: conn, version: jdbc}
		c.open(nil)
		return c
	}
	ann, bob, again := open("ann", "secret"), open("bob", "other"), open("ann", "secret")
	h := ann.start("SELECT 1", false)
	r, err := bob.FetchResults(context.Background(), &hive.TFetchResultsReq{OperationHandle: h, MaxRows: 1})
	if err != nil || !strings.HasPrefix(r.Status.GetErrorMessage(), "Invalid OperationHandle") {
		t.Errorf("%v %v", r, err)
	}
	e, err := bob.ExecuteStatement(context.Background(), &hive.TExecuteStatementReq{SessionHandle: ann.session, Statement: "SELECT 1"})
	if err != nil || !strings.HasPrefix(e.Status.GetErrorMessage(), "Invalid SessionHandle") {
		t.Errorf("%v %v", e, err)
	}
	nobody := on(dial(t, s), false)
	r, err = nobody.FetchResults(context.Background(), &hive.TFetchResultsReq{OperationHandle: h, MaxRows: 1})
	if err != nil || r.Status.StatusCode != hive.TStatusCode_ERROR_STATUS {
		t.Errorf("%v %v", r, err)
	}
	if got := again.rows(h); fmt.Sprint(got) != "[[1]]" {
		t.Errorf("the same user from another connection: %v", got)
	}
}

// posting is a Thrift client over HTTP.
func posting(t *testing.T, url string, hc *http.Client, headers map[string]string) *client {
	t.Helper()
	tr, err := thrift.NewTHttpClientWithOptions(url, thrift.THttpClientOptions{Client: hc})
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range headers {
		tr.(*thrift.THttpClient).SetHeader(k, v)
	}
	t.Cleanup(hc.CloseIdleConnections)
	p := thrift.NewTBinaryProtocolConf(tr, configuration())
	return &client{TCLIServiceClient: hive.NewTCLIServiceClientProtocol(tr, p, p), t: t, version: jdbc}
}

func TestHTTP(t *testing.T) {
	warehouse, token := withUsers(t)
	s := servingAt(t, warehouse, nil)
	url := "http://" + s.Address().String() + httpPath
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	hc := &http.Client{Transport: &http.Transport{}, Jar: jar}
	basic := map[string]string{"Authorization": "Basic YW5uOnNlY3JldA=="} // ann:secret
	c := posting(t, url, hc, basic)
	c.open(nil)
	c.query("CREATE TEMPORARY VIEW here AS SELECT 7 AS n")
	// The cookie is enough from now on, over another connection too.
	hc.CloseIdleConnections()
	cookie := posting(t, url, hc, nil)
	cookie.session = c.session
	if got := cookie.query("SELECT n, current_user() FROM here"); fmt.Sprint(got) != "[[7 ann]]" {
		t.Errorf("%v", got)
	}
	bearer := posting(t, "http://"+s.Address().String()+"/sql/protocolv1/o/1/cluster", &http.Client{Transport: &http.Transport{}}, map[string]string{"Authorization": "Bearer " + token})
	bearer.open(nil)
	if got := bearer.query("SELECT current_user()"); fmt.Sprint(got) != "[[bob]]" {
		t.Errorf("%v", got)
	}
	plain := &http.Client{Transport: &http.Transport{}}
	defer plain.CloseIdleConnections()
	for _, k := range []struct {
		method, path, authorization, body string
		code                              int
	}{
		{"POST", httpPath, "", string(opening()), 401},
		{"POST", httpPath, "Basic YW5uOndyb25n", string(opening()), 401},
		{"POST", httpPath, "Bearer argan_no", string(opening()), 401},
		{"POST", httpPath, basic["Authorization"], "garbage", 400},
		{"POST", httpPath, basic["Authorization"], "", 400},
		{"GET", httpPath, basic["Authorization"], "", 405},
		{"POST", "/elsewhere", basic["Authorization"], "", 404},
	} {
		r, err := http.NewRequest(k.method, "http://"+s.Address().String()+k.path, strings.NewReader(k.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", k.authorization)
		answer, err := plain.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != k.code || k.code == 401 && answer.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s %s: %d, want %d", k.method, k.path, k.authorization, answer.StatusCode, k.code)
		}
	}
}

func TestTLS(t *testing.T) {
	ca := certtest.Valid(t, "authority", nil)
	dir := t.TempDir()
	cert, key := certtest.Valid(t, "server", ca).Write(t, dir, "server")
	authority, _ := ca.Write(t, dir, "authority")
	keeper, err := certificate.Load(certificate.Files{Cert: cert, Key: key, ClientCA: authority, ClientAuth: certificate.Optional}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	warehouse, _ := withUsers(t)
	s := servingAt(t, warehouse, keeper.Server())
	bob, bobKey := certtest.Valid(t, "bob", ca).Write(t, dir, "bob")
	for _, k := range []struct{ cert, key, user, password, want string }{
		{"", "", "ann", "secret", "ann"},
		{bob, bobKey, placeholder, placeholder, "bob"},
		{bob, bobKey, "ann", "secret", "ann"}, // a password counts before a certificate
	} {
		config, err := certificate.Client(authority, k.cert, k.key)
		if err != nil {
			t.Fatal(err)
		}
		config.ServerName = "localhost"
		conn, err := tls.Dial("tcp", s.Address().String(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // it has been used
		if state, text := signed(t, conn, "PLAIN", saslOK, k.user, k.password); state != saslComplete {
			t.Errorf("%s: %s", k.user, text)
			continue
		}
		c := &client{TCLIServiceClient: on(conn, true), t: t, conn: conn, version: jdbc}
		c.open(nil)
		if got := c.query("SELECT current_user()"); fmt.Sprint(got) != "[["+k.want+"]]" {
			t.Errorf("%s is %v", k.want, got)
		}
	}
	// Plain bytes are not taken.
	conn := dial(t, s)
	_, _ = conn.Write(opening())
	closes(t, conn)
}
