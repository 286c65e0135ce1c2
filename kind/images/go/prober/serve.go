package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The last word of the last line on a connection whose server is about to end: the client opens another one and nothing is lost.
const goodbye = "bye"

// How long open connections may take once the pod is told to end. It is told only after its preStop, when nobody is sent here any more.
const drain = 4 * time.Second

func serve() error {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	server := &http.Server{Addr: ":8080", Handler: http.HandlerFunc(echo), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 3)
	lines := &lineServer{}
	for _, address := range []string{":9000", ":9001"} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		go func() { failed <- lines.accept(listener) }()
	}
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	lines.draining.Store(true)
	bounded, release := context.WithTimeout(context.Background(), drain)
	defer release()
	err := server.Shutdown(bounded)
	lines.wait(bounded)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Print("HTTP connections were cut off")
		return nil
	}
	return err
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintln(w, r.Header.Get("X-Meshproof"))
}

// Sends every line back.
type lineServer struct {
	draining atomic.Bool
	open     sync.WaitGroup
}

func (s *lineServer) accept(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		s.open.Add(1)
		go func() {
			defer s.open.Done()
			defer conn.Close()
			s.talk(conn)
		}()
	}
}

func (s *lineServer) talk(conn net.Conn) {
	reader := bufio.NewReaderSize(conn, 1024)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		reply := strings.TrimRight(line, "\r\n")
		last := s.draining.Load()
		if last {
			reply += " " + goodbye
		}
		if _, err := io.WriteString(conn, reply+"\n"); err != nil || last {
			return
		}
	}
}

func (s *lineServer) wait(bounded context.Context) {
	done := make(chan struct{})
	go func() {
		s.open.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-bounded.Done():
		log.Print("TCP connections were cut off")
	}
}
