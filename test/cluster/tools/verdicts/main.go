// Command verdicts asks what GitOps tools ask of an object: is it done, under way, or failed?
//
// It reads one question a line from standard input and answers each with a line, both JSON. kstatus and the health
// check expressions are Flux's own packages; health scripts run in the Lua interpreter of Argo CD, with its options.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type question struct {
	// Object as the API server tells it.
	Object json.RawMessage `json:"object"`
	// Health script of Argo CD, as in the ConfigMap argocd-cm.
	Lua string `json:"lua"`
	// Expressions of Flux's healthCheckExprs.
	Expressions *kustomize.HealthCheckExpressions `json:"expressions"`
}

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type answer struct {
	Kstatus verdict  `json:"kstatus"`
	ArgoCD  *verdict `json:"argocd,omitempty"`
	Flux    *verdict `json:"flux,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	// An object is 1.5 MiB at most in etcd.
	lines.Buffer(nil, 4<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		judged, err := judge(lines.Bytes())
		if err == nil {
			err = out.Encode(judged)
		}
		if err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "verdicts:", err)
	os.Exit(1)
}

func judge(line []byte) (*answer, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, fmt.Errorf("the question is not JSON: %w", err)
	}
	object := &unstructured.Unstructured{}
	// Unlike encoding/json it keeps integers apart from floating-point numbers, as clients of the API server do.
	if err := object.UnmarshalJSON(asked.Object); err != nil {
		return nil, fmt.Errorf("object: %w", err)
	}
	computed, err := status.Compute(object)
	if err != nil {
		return nil, fmt.Errorf("kstatus: %w", err)
	}
	judged := &answer{Kstatus: verdict{string(computed.Status), computed.Message}}
	if asked.Lua != "" {
		if judged.ArgoCD, err = health(object, asked.Lua); err != nil {
			return nil, fmt.Errorf("health script: %w", err)
		}
	}
	if asked.Expressions != nil {
		evaluator, err := cel.NewStatusEvaluator(asked.Expressions)
		if err != nil {
			return nil, fmt.Errorf("expressions: %w", err)
		}
		evaluated, err := evaluator.Evaluate(context.Background(), object)
		if err != nil {
			return nil, fmt.Errorf("expressions: %w", err)
		}
		judged.Flux = &verdict{string(evaluated.Status), evaluated.Message}
	}
	return judged, nil
}
