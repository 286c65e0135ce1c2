package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func soon() time.Time { return time.Now().Add(2 * time.Second) }

func httpServer(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func lineServerAt(t *testing.T, lines *lineServer) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go lines.accept(listener)
	return listener.Addr().String()
}

func TestAServedRequestIsItsStatusAndItsConnectionIsKept(t *testing.T) {
	to := httpServer(t, echo)
	l := lane{pair: pair{Kind: "http", Path: "/open"}, to: to, pool: &pool{}}
	outcome, port, reused := question(l, "mp-a-1", soon())
	if outcome != "200" || port == 0 || reused {
		t.Fatalf("first: %s %d %v", outcome, port, reused)
	}
	outcome, again, reused := question(l, "mp-a-2", soon())
	if outcome != "200" || again != port || !reused {
		t.Fatalf("second: %s %d %v", outcome, again, reused)
	}
}

func TestAFreshLaneNeverUsesAConnectionTwice(t *testing.T) {
	to := httpServer(t, echo)
	l := lane{pair: pair{Kind: "http", Path: "/open"}, to: to}
	_, first, _ := question(l, "mp-a-1", soon())
	_, second, reused := question(l, "mp-a-2", soon())
	if first == second || reused {
		t.Fatalf("%d %d %v", first, second, reused)
	}
}

func TestHeadersAndTheTokenReachTheServer(t *testing.T) {
	to := httpServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Ext-Authz") != "allow" || r.URL.Path != "/ask" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		echo(w, r)
	})
	l := lane{pair: pair{Kind: "http", Path: "/ask", Headers: map[string]string{"x-ext-authz": "allow"}}, to: to}
	if outcome, _, _ := question(l, "mp-a-1", soon()); outcome != "200" {
		t.Fatal(outcome)
	}
}

func TestARefusalIsItsStatusAndA200OfSomebodyElseIsForeign(t *testing.T) {
	refusing := httpServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	if outcome, _, _ := question(lane{pair: pair{Kind: "http", Path: "/"}, to: refusing}, "mp-a-1", soon()); outcome != "403" {
		t.Fatal(outcome)
	}
	other := httpServer(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") })
	if outcome, _, _ := question(lane{pair: pair{Kind: "http", Path: "/"}, to: other}, "mp-a-1", soon()); outcome != "foreign" {
		t.Fatal(outcome)
	}
}

func TestAConnectionThatIsCutIsAResetAndSilenceIsATimeout(t *testing.T) {
	cut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer cut.Close()
	go func() {
		for {
			conn, err := cut.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	for kind, wanted := range map[string]string{"http": "reset", "tcp": "closed"} {
		if outcome, _, _ := question(lane{pair: pair{Kind: kind, Path: "/"}, to: cut.Addr().String()}, "mp-a-1", soon()); outcome != wanted {
			t.Fatalf("%s: %s", kind, outcome)
		}
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if outcome, _, _ := question(lane{pair: pair{Kind: "tcp"}, to: silent.Addr().String()}, "mp-a-1", time.Now().Add(50*time.Millisecond)); outcome != "timeout" {
		t.Fatal(outcome)
	}
}

func TestNobodyThereIsNoAnswerOfTheMesh(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := listener.Addr().String()
	listener.Close()
	if outcome, port, _ := question(lane{pair: pair{Kind: "tcp"}, to: to}, "mp-a-1", soon()); outcome != "connect-refused" || port != 0 {
		t.Fatal(outcome, port)
	}
}

func TestADrainingLineServerSaysGoodbyeAndNothingIsLost(t *testing.T) {
	lines := &lineServer{}
	l := lane{pair: pair{Kind: "tcp"}, to: lineServerAt(t, lines), pool: &pool{}}
	_, first, _ := question(l, "mp-a-1", soon())
	lines.draining.Store(true)
	if outcome, port, _ := question(l, "mp-a-2", soon()); outcome != "echo" || port != first {
		t.Fatal(outcome, port, first)
	}
	lines.draining.Store(false)
	outcome, port, reused := question(l, "mp-a-3", soon())
	if outcome != "echo" || port == first || reused {
		t.Fatal(outcome, port, first, reused)
	}
}

func TestAKeptConnectionThatEndedMeanwhileIsNotAskedOver(t *testing.T) {
	ended := make(chan struct{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, _ := listener.Accept()
		buffer := make([]byte, 100)
		n, _ := conn.Read(buffer)
		conn.Write(buffer[:n])
		conn.Close()
		close(ended)
		lines := &lineServer{}
		lines.accept(listener)
	}()
	l := lane{pair: pair{Kind: "tcp"}, to: listener.Addr().String(), pool: &pool{}}
	question(l, "mp-a-1", soon())
	<-ended
	if outcome, _, reused := question(l, "mp-a-2", soon()); outcome != "echo" || reused {
		t.Fatal(outcome, reused)
	}
}

func TestNoTwoConnectionsHaveOnePortWhoeverTheyGoTo(t *testing.T) {
	one, other := httpServer(t, echo), httpServer(t, echo)
	seen := map[int]bool{}
	for n := range 200 {
		to := one
		if n%2 == 1 {
			to = other
		}
		_, port, _ := question(lane{pair: pair{Kind: "http", Path: "/"}, to: to}, "mp-a-1", soon())
		if seen[port] || port < firstPort || port > lastPort {
			t.Fatalf("port %d of question %d", port, n)
		}
		seen[port] = true
	}
}

func TestAPortThatIsTakenIsPassedOver(t *testing.T) {
	to := httpServer(t, echo)
	_, port, _ := question(lane{pair: pair{Kind: "http", Path: "/"}, to: to}, "mp-a-1", soon())
	taken, err := net.Listen("tcp", fmt.Sprintf(":%d", port+1))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if outcome, next, _ := question(lane{pair: pair{Kind: "http", Path: "/"}, to: to}, "mp-a-2", soon()); outcome != "200" || next <= port+1 {
		t.Fatal(outcome, port, next)
	}
}

func TestNumbersHaveNoGapAndAPauseEndsWithTheLastOne(t *testing.T) {
	var out bytes.Buffer
	it := &prober{tag: "p", within: time.Second, out: json.NewEncoder(&out)}
	l := lane{name: "s1.c1/f", pair: pair{Kind: "http", Path: "/"}, to: httpServer(t, echo)}
	for range 5 {
		it.one(l)
	}
	it.pause(true)
	it.one(l)
	it.inFlight.Wait()
	it.note("paused")
	seen := map[int64]bool{}
	var last note
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var read struct {
			answer
			Note string `json:"note"`
		}
		if err := json.Unmarshal([]byte(line), &read); err != nil {
			t.Fatal(err)
		}
		if read.Note == "" {
			seen[read.N] = true
		} else {
			last = note{Note: read.Note, N: read.N}
		}
	}
	if len(seen) != 5 || !seen[1] || !seen[5] || last.Note != "paused" || last.N != 5 {
		t.Fatalf("%v %v", seen, last)
	}
}
