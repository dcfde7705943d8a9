package main

import (
	"bufio"
	"bytes"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// evaluator holds the checks that the API server runs.
var evaluator = func() policy.Evaluator {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic(err)
	}
	return evaluator
}()

// pod judges a pod template in JSON by the Pod Security Standards that the line before it names:
// `baseline/v1.24 restricted/latest`. It answers with a value for each, which holds the reasons to
// refuse the pod, one a line.
func pod(text []byte, answers *bufio.Writer) error {
	line, raw, _ := bytes.Cut(text, []byte("\n"))
	var template corev1.PodTemplateSpec
	if err := kjson.Unmarshal(raw, &template); err != nil {
		return err
	}
	// The API server makes it so before it asks: `SetDefaults_Volume` of
	// `k8s.io/kubernetes/pkg/apis/core/v1`.
	for i, volume := range template.Spec.Volumes {
		if volume.VolumeSource == (corev1.VolumeSource{}) {
			template.Spec.Volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	for _, standard := range strings.Fields(string(line)) {
		level, version, _ := strings.Cut(standard, "/")
		parsed, err := api.ParseVersion(version)
		if err != nil {
			return err
		}
		by := api.LevelVersion{Level: api.Level(level), Version: parsed}
		results := evaluator.EvaluatePod(by, &template.ObjectMeta, &template.Spec)
		reasons := policy.AggregateCheckResults(results).ForbiddenReasons
		frame(answers, "value", []byte(strings.Join(reasons, "\n")))
	}
	return nil
}
