package main

import (
	"bytes"
	"context"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc/codes"
)

const books = `
apiVersion: json.kyverno.io/v1alpha1
kind: ValidatingPolicy
metadata:
  name: books
spec:
  rules:
    - name: read-books-only
      match:
        any:
          - request:
              http:
                (starts_with(host, 'testapp-1.')): true
      assert:
        all:
          - message: "Only GET of /book is allowed."
            check:
              request: { http: { method: GET, path: /book } }
`

var movies = strings.NewReplacer("testapp-1", "testapp-2", "book", "movie").Replace(books)

func policyFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func request(method, host, path string) *authv3.CheckRequest {
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{Request: &authv3.AttributeContext_Request{
		Http: &authv3.AttributeContext_HttpRequest{
			Method: method, Host: host, Path: path, Headers: map[string]string{"x-meshproof": "token-1"},
		},
	}}}
}

func captureLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	var lines bytes.Buffer
	before := log.Writer()
	log.SetOutput(&lines)
	t.Cleanup(func() { log.SetOutput(before) })
	return &lines
}

func TestARequestIsDecidedByTheRuleOfItsHost(t *testing.T) {
	one, two := "testapp-1.demo:8080", "testapp-2.demo.svc.cluster.local:8080"
	cases := []struct {
		method, host, path string
		code               codes.Code
		logged             string
	}{
		{"GET", one, "/book", codes.OK, "Request passed the read-books-only policy rule. [GET testapp-1.demo:8080/book token-1]"},
		{"GET", two, "/movie", codes.OK, "Request passed the read-movies-only policy rule."},
		{"POST", one, "/book", codes.PermissionDenied, "Request violation: read-books-only: -> Only GET of /book is allowed."},
		{"GET", one, "/movie", codes.PermissionDenied, "Request violation: read-books-only"},
		{"GET", two, "/book", codes.PermissionDenied, "Request violation: read-movies-only"},
		{"DELETE", "other.demo:8080", "/book", codes.OK, "Request is initialized in kyvernojson engine . [DELETE other.demo:8080/book token-1]"},
	}
	checks := authorizer{files: []string{policyFile(t, books), policyFile(t, movies)}}
	for _, given := range cases {
		lines := captureLog(t)
		response, err := checks.Check(context.Background(), request(given.method, given.host, given.path))
		if err != nil {
			t.Fatal(err)
		}
		if code := codes.Code(response.GetStatus().GetCode()); code != given.code {
			t.Errorf("%s %s%s: %s, want %s", given.method, given.host, given.path, code, given.code)
		}
		if !strings.Contains(lines.String(), given.logged) {
			t.Errorf("the log lacks %q: %s", given.logged, lines)
		}
		body := response.GetDeniedResponse().GetBody()
		if given.code != codes.OK && !strings.HasPrefix(body, "Request denied by Kyverno JSON engine. Reason: ") {
			t.Errorf("the body is %q", body)
		}
	}
}

func TestAChangedPolicyIsEnforcedAndABrokenOneIsAnError(t *testing.T) {
	captureLog(t)
	file := policyFile(t, books)
	checks := authorizer{files: []string{file}}
	asked := request("POST", "testapp-1.demo:8080", "/book")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(books, "GET", "POST")), 0o600); err != nil {
		t.Fatal(err)
	}
	response, err := checks.Check(context.Background(), asked)
	if err != nil || response.GetStatus().GetCode() != int32(codes.OK) {
		t.Fatalf("%v, %v", response, err)
	}
	if err := os.WriteFile(file, []byte("rules: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if response, err := checks.Check(context.Background(), asked); err == nil {
		t.Errorf("decided %v by a policy that cannot be read", response)
	}
}

func TestARuleThatCannotBeEvaluatedDenies(t *testing.T) {
	lines := captureLog(t)
	checks := authorizer{files: []string{policyFile(t, strings.ReplaceAll(books, "starts_with(host, 'testapp-1.')", "no_such_function(host)"))}}
	response, err := checks.Check(context.Background(), request("GET", "testapp-1.demo:8080", "/book"))
	if err != nil || response.GetStatus().GetCode() != int32(codes.PermissionDenied) {
		t.Errorf("%v, %v: %s", response, err, lines)
	}
}

func TestAPolicyThatWouldDecideNothingIsRefused(t *testing.T) {
	for want, text := range map[string]string{
		"unknown field":      strings.Replace(books, "assert:", "asserts:", 1),
		"must be json.kyver": strings.Replace(books, "v1alpha1", "v1", 1),
		"has no rule":        books[:strings.Index(books, "  rules:")] + "  rules: []\n",
	} {
		if _, err := parsePolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
