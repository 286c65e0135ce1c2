package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"strings"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	jsonengine "github.com/kyverno/kyverno-json/pkg/json-engine"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
)

type authorizer struct {
	authv3.UnimplementedAuthorizationServer
	files []string
}

// Check asks the engine about one request. The files are read each time, so that a changed policy needs no new pod. An error is
// no decision: Envoy then does what its own configuration says of an authorizer that fails.
func (a authorizer) Check(ctx context.Context, asked *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	policies, err := loadPolicies(a.files)
	if err != nil {
		log.Printf("Failed to load policies: %v", err)
		return nil, err
	}
	payload, err := payloadOf(asked)
	if err != nil {
		log.Printf("Error converting request: %v", err)
		return nil, err
	}
	about := describe(asked)
	log.Printf("Request is initialized in kyvernojson engine . %s", about)
	response := jsonengine.New().Run(ctx, jsonengine.Request{Resource: payload, Policies: policies})
	violations := violationsOf(response, about)
	if len(violations) == 0 {
		return &authv3.CheckResponse{Status: &status.Status{Code: int32(codes.OK)}}, nil
	}
	return denied(strings.Join(violations, "; ")), nil
}

// A rule that matched and failed, or that could not be evaluated, denies. Each rule that matched is a line of the log.
func violationsOf(response jsonengine.Response, about string) []string {
	var violations []string
	for _, policy := range response.Policies {
		for _, rule := range policy.Rules {
			reason := ""
			if rule.Error != nil {
				reason = rule.Error.Error()
			} else if len(rule.Violations) > 0 {
				reason = strings.ReplaceAll(rule.Violations.Error(), "\n", " ")
			}
			if reason == "" {
				log.Printf("Request passed the %s policy rule. %s", rule.Rule.Name, about)
				continue
			}
			log.Printf("Request violation: %s: %s %s", rule.Rule.Name, reason, about)
			violations = append(violations, reason)
		}
	}
	return violations
}

func denied(reason string) *authv3.CheckResponse {
	return &authv3.CheckResponse{
		Status: &status.Status{Code: int32(codes.PermissionDenied)},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
			Status: &typev3.HttpStatus{Code: typev3.StatusCode_Forbidden},
			Body:   "Request denied by Kyverno JSON engine. Reason: " + reason,
		}},
	}
}

// The attributes of the request as policies name them: protobuf's own JSON.
func payloadOf(asked *authv3.CheckRequest) (any, error) {
	text, err := protojson.Marshal(asked.GetAttributes())
	if err != nil {
		return nil, err
	}
	var payload any
	if err := json.Unmarshal(text, &payload); err != nil {
		return nil, err
	}
	return payload, nil
}

// Which request a line of the log is about; a probe is known by its own header.
func describe(asked *authv3.CheckRequest) string {
	request := asked.GetAttributes().GetRequest().GetHttp()
	about := fmt.Sprintf("[%s %s%s", request.GetMethod(), request.GetHost(), request.GetPath())
	if token := request.GetHeaders()["x-meshproof"]; token != "" {
		about += " " + token
	}
	return about + "]"
}
