package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A connection and what is read of it.
type link struct {
	conn   net.Conn
	reader *bufio.Reader
	reused bool
}

// Connections that wait for their next question.
type pool struct {
	mu   sync.Mutex
	free []*link
}

func (p *pool) take() *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.free) > 0 {
		last := p.free[len(p.free)-1]
		p.free = p.free[:len(p.free)-1]
		if !last.isOver() {
			last.reused = true
			return last
		}
		last.conn.Close()
	}
	return nil
}

func (p *pool) put(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, l)
}

// Whether the other side has ended the connection while nothing was asked: every client that keeps connections looks before it sends.
func (l *link) isOver() bool {
	raw, ok := l.conn.(syscall.Conn)
	if !ok {
		return false
	}
	over := false
	control, err := raw.SyscallConn()
	if err != nil {
		return true
	}
	err = control.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		// Nothing to read is well; the end, an error, or bytes that nobody asked for are not.
		over = err != syscall.EAGAIN && err != syscall.EWOULDBLOCK
		return true
	})
	return over || err != nil
}

// Asks once. The outcome is a status, echo, closed or reset, or the reason why nothing can be said.
func question(l lane, token string, deadline time.Time) (outcome string, port int, reused bool) {
	var it *link
	if l.pool != nil {
		it = l.pool.take()
	}
	if it == nil {
		conn, err := dial(l.to, deadline)
		if err != nil {
			return connectFailure(err), 0, false
		}
		it = &link{conn: conn, reader: bufio.NewReaderSize(conn, 1024)}
	}
	port = it.conn.LocalAddr().(*net.TCPAddr).Port
	it.conn.SetDeadline(deadline)
	var keep bool
	if l.pair.Kind == "http" {
		outcome, keep = askHTTP(it, l, token)
	} else {
		outcome, keep = askTCP(it, token)
	}
	if keep && l.pool != nil {
		it.conn.SetDeadline(time.Time{})
		l.pool.put(it)
	} else {
		it.conn.Close()
	}
	return outcome, port, it.reused
}

func askHTTP(it *link, l lane, token string) (string, bool) {
	var text strings.Builder
	fmt.Fprintf(&text, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: meshproof-prober\r\nX-Meshproof: %s\r\n", l.pair.Path, l.to, token)
	for name, value := range l.pair.Headers {
		fmt.Fprintf(&text, "%s: %s\r\n", name, value)
	}
	if l.pool == nil {
		text.WriteString("Connection: close\r\n")
	}
	text.WriteString("\r\n")
	if _, err := io.WriteString(it.conn, text.String()); err != nil {
		return lost(err, "reset"), false
	}
	response, err := http.ReadResponse(it.reader, nil)
	if err != nil {
		return lost(err, "reset"), false
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return "cut", false
	}
	// What serves says which question it answers; anything else that says 200 is somebody else.
	if response.StatusCode == http.StatusOK && !strings.Contains(string(body), token) {
		return "foreign", false
	}
	return strconv.Itoa(response.StatusCode), !response.Close && it.reader.Buffered() == 0
}

func askTCP(it *link, token string) (string, bool) {
	if _, err := fmt.Fprintf(it.conn, "ask %s\n", token); err != nil {
		return lost(err, "closed"), false
	}
	reply, err := it.reader.ReadString('\n')
	if err != nil {
		return lost(err, "closed"), false
	}
	if !strings.Contains(reply, token) {
		return "foreign", false
	}
	return "echo", !strings.HasSuffix(strings.TrimSpace(reply), goodbye)
}

// A connection that came to nothing. An end by the other side is an answer of its own, by its name; all else is none.
func lost(err error, name string) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "timeout"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return name
	}
	return "broken: " + err.Error()
}

func connectFailure(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "no-name"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connect-refused"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	}
	return "no-connection: " + err.Error()
}
