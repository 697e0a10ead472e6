package httpsrv

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/signin"
)

// With users, who does not say who it is, or not rightly, gets nothing; and what belongs to another is not there.
func TestAuthentication(t *testing.T) {
	hash, err := signin.HashPassword("pw")
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Users: []access.User{{Name: "ann", Hash: hash}, {Name: "bob", Hash: hash}}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(e, Options{Address: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	s.Ready()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	a := "http://" + s.Address().String()
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	for _, c := range []struct {
		path, authorization string
		code                int
		class               string
	}{
		{"/healthz", "", 200, ""},
		{"/readyz", "", 200, ""},
		{"/metrics", "", 200, ""},
		{"/v1/info", "", 401, "AUTHENTICATION_REQUIRED"},
		{"/v1/nothing", "", 401, "AUTHENTICATION_REQUIRED"},
		{"/v1/info", basic("ann", "pw"), 200, ""},
		{"/v1/info", basic("ann", "no"), 401, "AUTHENTICATION_FAILED"},
		{"/v1/info", basic("carl", "pw"), 401, "AUTHENTICATION_FAILED"},
		{"/v1/info", "Bearer nonsense", 401, "AUTHENTICATION_FAILED"},
		{"/v1/info", "Digest x", 401, "AUTHENTICATION_REQUIRED"},
	} {
		code, h, body := asked(t, http.MethodGet, a+c.path, "any.example.com", "", "Authorization", c.authorization)
		if code != c.code || c.class != "" && problemIn(t, body).Class != c.class {
			t.Errorf("%s %s: %d %s", c.path, c.authorization, code, body)
		}
		if challenges := strings.Join(h.Values("WWW-Authenticate"), ", "); code == 401 != (strings.Contains(challenges, "Basic realm=") && strings.Contains(challenges, "Bearer realm=")) {
			t.Errorf("%s: the challenges are %q", c.path, challenges)
		}
	}
	code, h, body := asked(t, http.MethodPost, a+"/v1/statements", "localhost", "SELECT current_user()", "Authorization", basic("ann", "pw"))
	if code != 200 {
		t.Fatalf("%d %s", code, body)
	}
	id := h.Get("X-Argan-Statement-Id")
	for _, path := range []string{"", "/result", "/events"} {
		if code, _, _ := asked(t, http.MethodGet, a+"/v1/statements/"+id+path, "localhost", "", "Authorization", basic("bob", "pw")); code != http.StatusNotFound {
			t.Errorf("another user's statement%s: %d", path, code)
		}
	}
	if _, _, body := asked(t, http.MethodGet, a+"/v1/statements/"+id+"/result?format=csv&header=0", "localhost", "", "Authorization", basic("ann", "pw")); body != "ann\r\n" {
		t.Errorf("one's own: %s", body)
	}
}
