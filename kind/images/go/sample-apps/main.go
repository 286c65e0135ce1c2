// The sample apps of the `build` image source: one program, the role of which is in ROLE. Each has the HTTP contract of a public
// image that has no package: Bookinfo's four services (Istio, Apache-2.0) and the two test apps of Kyverno's tutorial.
// What is left out: Bookinfo's sign-in, pictures, metrics and databases.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// How long open requests may take once the pod is told to end.
const drain = 5 * time.Second

type role struct {
	port    string
	handler func() http.Handler
}

var roles = map[string]role{
	"productpage": {"9080", func() http.Handler { return productpage(backends()) }},
	"details":     {"9080", func() http.Handler { return details() }},
	"reviews":     {"9080", func() http.Handler { return reviews(reviewsSettings()) }},
	"ratings":     {"9080", func() http.Handler { return ratings() }},
	"books":       {"8080", func() http.Handler { return books() }},
	"movies":      {"8080", func() http.Handler { return movies() }},
}

func main() {
	role, known := roles[os.Getenv("ROLE")]
	if !known {
		log.Fatalf("ROLE is %q, which is no role of this program", os.Getenv("ROLE"))
	}
	server := &http.Server{Addr: ":" + role.port, Handler: role.handler(), ReadHeaderTimeout: 10 * time.Second}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		<-stop.Done()
		bounded, release := context.WithTimeout(context.Background(), drain)
		defer release()
		if err := server.Shutdown(bounded); err != nil {
			log.Printf("requests were cut off: %v", err)
		}
	}()
	log.Printf("%s listens on port %s", os.Getenv("ROLE"), role.port)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-drained
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(text); err != nil {
		log.Printf("the client is gone: %v", err)
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
