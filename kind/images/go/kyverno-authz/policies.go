package main

import (
	"fmt"
	"os"

	"github.com/kyverno/kyverno-json/pkg/apis/policy/v1alpha1"
	"sigs.k8s.io/yaml"
)

const (
	policyVersion = "json.kyverno.io/v1alpha1"
	policyKind    = "ValidatingPolicy"
)

// One policy from each file. A key that the engine does not know is an error: it would be a rule that nobody enforces.
func loadPolicies(files []string) ([]*v1alpha1.ValidatingPolicy, error) {
	policies := make([]*v1alpha1.ValidatingPolicy, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		policy, err := parsePolicy(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		policies = append(policies, policy)
	}
	return policies, nil
}

func parsePolicy(text []byte) (*v1alpha1.ValidatingPolicy, error) {
	var policy v1alpha1.ValidatingPolicy
	if err := yaml.UnmarshalStrict(text, &policy); err != nil {
		return nil, err
	}
	if policy.APIVersion != policyVersion || policy.Kind != policyKind {
		return nil, fmt.Errorf("is %s %s, and must be %s %s", policy.APIVersion, policy.Kind, policyVersion, policyKind)
	}
	if len(policy.Spec.Rules) == 0 {
		return nil, fmt.Errorf("the policy %s has no rule", policy.Name)
	}
	return &policy, nil
}
