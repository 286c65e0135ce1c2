// An external authorizer for Envoy around the Kyverno JSON engine (Apache-2.0): what the public image of Kyverno's Istio tutorial is,
// which has no package. `serve --policy=FILE` answers Envoy's ext_authz v3 over gRPC on port 9000, and a health check on port 8000.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
)

// How long open checks may take once the pod is told to end.
const drain = 5 * time.Second

type fileList []string

func (l *fileList) String() string { return strings.Join(*l, ",") }

func (l *fileList) Set(file string) error {
	*l = append(*l, file)
	return nil
}

func main() {
	log.SetOutput(os.Stdout)
	var files fileList
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	flags.Var(&files, "policy", "a file with ValidatingPolicy objects; may be repeated")
	if len(os.Args) < 2 || os.Args[1] != "serve" || flags.Parse(os.Args[2:]) != nil || len(files) == 0 {
		log.Fatal("usage: kyverno-authz serve --policy=FILE [--policy=FILE ...]")
	}
	if _, err := loadPolicies(files); err != nil {
		log.Fatal(err)
	}
	if err := serve(files); err != nil {
		log.Fatal(err)
	}
}

func serve(files fileList) error {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	listener, err := net.Listen("tcp", ":9000")
	if err != nil {
		return err
	}
	checks := grpc.NewServer()
	authv3.RegisterAuthorizationServer(checks, authorizer{files: files})
	health := &http.Server{Addr: ":8000", Handler: http.HandlerFunc(healthy), ReadHeaderTimeout: 10 * time.Second}

	ended := make(chan error, 2)
	log.Print("Starting GRPC server on Port 9000")
	go func() { ended <- checks.Serve(listener) }()
	log.Print("Starting HTTP server on Port 8000")
	go func() { ended <- health.ListenAndServe() }()
	select {
	case err := <-ended:
		return err
	case <-stop.Done():
	}
	hurry := time.AfterFunc(drain, checks.Stop)
	defer hurry.Stop()
	checks.GracefulStop()
	if err := health.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func healthy(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/health" {
		return
	}
	if _, err := w.Write([]byte("OK")); err != nil {
		log.Printf("the client is gone: %v", err)
	}
}
