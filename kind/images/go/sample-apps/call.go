package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// What Bookinfo's services pass on from the request that they serve to those that they make, and nothing else:
// a header of one's own does not reach the services behind.
var passedOn = []string{
	"x-request-id", "x-ot-span-context", "x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority", "traceparent",
	"tracestate", "x-cloud-trace-context", "grpc-trace-bin", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled",
	"x-b3-flags", "sw8", "user-agent", "cookie", "authorization", "jwt",
}

// A connection for each call: which of several versions answers must not depend on the last call.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

const longestAnswer = 1 << 20

type call struct {
	url     string
	within  time.Duration
	headers []string
}

// The status and body of another service's answer; an error when there was none in time.
func (c call) ask(served *http.Request) (int, []byte, error) {
	bounded, cancel := context.WithTimeout(served.Context(), c.within)
	defer cancel()
	request, err := http.NewRequestWithContext(bounded, http.MethodGet, c.url, nil)
	if err != nil {
		return 0, nil, err
	}
	for _, name := range append(c.headers, passedOn...) {
		if value := served.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("the answer of %s broke off: %w", c.url, err)
	}
	return response.StatusCode, body, nil
}
