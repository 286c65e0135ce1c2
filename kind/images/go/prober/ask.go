package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// What to ask, and how fast.
type plan struct {
	// One question on each lane of a pair, in milliseconds.
	EveryMs int `json:"everyMs"`
	// Bound of one question, in milliseconds.
	WithinMs int    `json:"withinMs"`
	Pairs    []pair `json:"pairs"`
}

type pair struct {
	ID string `json:"id"`
	// http or tcp.
	Kind string `json:"kind"`
	// host:port over which connections are kept.
	To string `json:"to"`
	// host:port over which each question has a connection of its own.
	Fresh   string            `json:"fresh"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
}

// One lane of a pair: the pace is kept whatever becomes of the questions, so that an outage shows in full.
type lane struct {
	name string
	pair pair
	to   string
	pool *pool
}

// A line of the output. N counts all questions of this process without a gap, and is the end of the question's token.
type answer struct {
	N int64 `json:"n"`
	// The pair's id and its lane: f fresh, p pooled.
	Lane string `json:"q"`
	// When it was sent, milliseconds since 1970.
	At float64 `json:"t"`
	// Milliseconds until the answer.
	Ms float64 `json:"d"`
	// A status, echo, closed, reset, or why there was no answer.
	Outcome string `json:"o"`
	// The prober's own port, and whether the connection was used before.
	Port   int  `json:"l"`
	Reused bool `json:"r,omitempty"`
}

// A line that is no answer: what the process itself does. N is that of the last question so far.
type note struct {
	Note string `json:"note"`
	Tag  string `json:"tag"`
	N    int64  `json:"n"`
	At   int64  `json:"t"`
}

type prober struct {
	tag    string
	within time.Duration

	mu     sync.Mutex
	last   int64
	paused bool
	out    *json.Encoder

	inFlight sync.WaitGroup
}

func ask(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	if p.EveryMs <= 0 || p.WithinMs <= 0 || len(p.Pairs) == 0 {
		return errors.New("a plan needs everyMs, withinMs and pairs")
	}
	tag := os.Getenv("TAG")
	if tag == "" {
		return errors.New("TAG is empty")
	}
	it := &prober{tag: tag, within: time.Duration(p.WithinMs) * time.Millisecond, out: json.NewEncoder(os.Stdout)}
	lanes, err := lanesOf(p.Pairs)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGUSR2)
	it.note("start")
	stop := make(chan struct{})
	every := time.Duration(p.EveryMs) * time.Millisecond
	var pacing sync.WaitGroup
	for i, one := range lanes {
		pacing.Add(1)
		// Spread over the period: all at once would be a burst.
		offset := every * time.Duration(i) / time.Duration(len(lanes))
		go func() {
			defer pacing.Done()
			it.pace(one, offset, every, stop)
		}()
	}
	for received := range signals {
		switch received {
		case syscall.SIGUSR1:
			it.pause(true)
			it.inFlight.Wait()
			it.note("paused")
		case syscall.SIGUSR2:
			it.note("resumed")
			it.pause(false)
		default:
			close(stop)
			pacing.Wait()
			it.inFlight.Wait()
			it.note("end")
			return nil
		}
	}
	return nil
}

func lanesOf(pairs []pair) ([]lane, error) {
	var lanes []lane
	for _, one := range pairs {
		if one.Kind != "http" && one.Kind != "tcp" {
			return nil, fmt.Errorf("pair %q is of the kind %q", one.ID, one.Kind)
		}
		lanes = append(lanes, lane{name: one.ID + "/f", pair: one, to: one.Fresh}, lane{name: one.ID + "/p", pair: one, to: one.To, pool: &pool{}})
	}
	return lanes, nil
}

func (it *prober) pace(l lane, offset, every time.Duration, stop <-chan struct{}) {
	timer := time.NewTimer(offset)
	select {
	case <-timer.C:
	case <-stop:
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		it.one(l)
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
	}
}

// Sends one question without waiting for its answer.
func (it *prober) one(l lane) {
	it.mu.Lock()
	if it.paused {
		it.mu.Unlock()
		return
	}
	it.last++
	n := it.last
	it.inFlight.Add(1)
	it.mu.Unlock()
	go func() {
		defer it.inFlight.Done()
		token := fmt.Sprintf("mp-%s-%d", it.tag, n)
		begun := time.Now()
		outcome, port, reused := question(l, token, begun.Add(it.within))
		it.write(answer{
			N: n, Lane: l.name, At: float64(begun.UnixMicro()) / 1000,
			Ms:      float64(time.Since(begun).Microseconds()) / 1000,
			Outcome: outcome, Port: port, Reused: reused,
		})
	}()
}

func (it *prober) pause(paused bool) {
	it.mu.Lock()
	it.paused = paused
	it.mu.Unlock()
}

func (it *prober) note(what string) {
	it.mu.Lock()
	n := it.last
	it.mu.Unlock()
	it.write(note{Note: what, Tag: it.tag, N: n, At: time.Now().UnixMilli()})
}

// One write for each line, so that lines are whole.
func (it *prober) write(line any) {
	it.mu.Lock()
	defer it.mu.Unlock()
	if err := it.out.Encode(line); err != nil {
		// Nobody reads any more: an answer that cannot be told is a lost one, and the gap in the numbers says so.
		fmt.Fprintln(os.Stderr, err)
	}
}
