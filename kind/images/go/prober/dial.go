package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Own ports: below those that kernels give out by themselves, and not among the proxy's. A kernel gives one port to connections with
// different other ends at once; behind a sidecar's redirection they would be one and the same, so that one of them gets another port
// there, and nobody could tell whose line of the proxy's log is whose.
const (
	firstPort = 16000
	lastPort  = 31999
	tries     = 50
)

// A Service keeps its address: asking for it with every connection would measure the cluster's name server.
const namesLast = 30 * time.Second

var (
	ports atomic.Uint32
	names = nameCache{known: map[string]name{}}
)

// Connects from a port that no connection of this process had among the last sixteen thousand.
func dial(to string, deadline time.Time) (net.Conn, error) {
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	address, err := names.find(host, deadline)
	if err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		own := firstPort + int(ports.Add(1))%(lastPort-firstPort+1)
		conn, err := (&net.Dialer{Deadline: deadline, LocalAddr: &net.TCPAddr{Port: own}}).Dial("tcp", net.JoinHostPort(address, port))
		if err == nil || n == tries || !errors.Is(err, syscall.EADDRINUSE) {
			return conn, err
		}
	}
}

type name struct {
	address string
	until   time.Time
}

type nameCache struct {
	mu    sync.Mutex
	known map[string]name
}

func (c *nameCache) find(host string, deadline time.Time) (string, error) {
	c.mu.Lock()
	known, ok := c.known[host]
	c.mu.Unlock()
	if ok && time.Now().Before(known.until) {
		return known.address, nil
	}
	bounded, release := context.WithDeadline(context.Background(), deadline)
	defer release()
	found, err := net.DefaultResolver.LookupHost(bounded, host)
	if err != nil || len(found) == 0 {
		// It had one a moment ago, and Services keep theirs.
		if ok {
			return known.address, nil
		}
		return "", err
	}
	c.mu.Lock()
	c.known[host] = name{address: found[0], until: time.Now().Add(namesLast)}
	c.mu.Unlock()
	return found[0], nil
}
