// The server answers why the API server of Kubernetes would refuse a pod or a Service, before
// anything that is admitted to a cluster looks at it.
//
// A request is a line, `pod LENGTH` or `service LENGTH`, and LENGTH bytes: a pod template, or a
// Service, in JSON. The answer is any
// number of `value LENGTH` with a field and what is wrong with it, then `end 0`, or `error LENGTH`
// with the message at which the decoder stopped.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	apiservice "k8s.io/kubernetes/pkg/api/service"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/apis/core/validation"
)

func main() {
	requests := bufio.NewReader(os.Stdin)
	answers := bufio.NewWriter(os.Stdout)
	for {
		var kind string
		var length int
		if _, err := fmt.Fscanf(requests, "%s %d\n", &kind, &length); err != nil {
			if errors.Is(err, io.EOF) {
				return
			}
			panic(err)
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(requests, text); err != nil {
			panic(err)
		}
		judge := pod
		if kind == "service" {
			judge = service
		}
		if err := judge(text, answers); err != nil {
			frame(answers, "error", err.Error())
		} else {
			frame(answers, "end", "")
		}
		if err := answers.Flush(); err != nil {
			panic(err)
		}
	}
}

func frame(answers *bufio.Writer, kind string, body string) {
	fmt.Fprintf(answers, "%s %d\n%s", kind, len(body), body)
}

// pod decodes, defaults and validates as the API server does.
func pod(text []byte, answers *bufio.Writer) error {
	var versioned corev1.PodTemplate
	if err := kjson.Unmarshal(text, &versioned.Template); err != nil {
		return err
	}
	legacyscheme.Scheme.Default(&versioned)
	var internal core.PodTemplate
	if err := legacyscheme.Scheme.Convert(&versioned, &internal, nil); err != nil {
		return err
	}
	options := podutil.GetValidationOptionsFromPodTemplate(&internal.Template, nil)
	path := field.NewPath("template")
	for _, wrong := range validation.ValidatePodTemplateSpec(&internal.Template, path, options) {
		// Without the value, which a fix may change in other respects.
		frame(answers, "value", fmt.Sprint(wrong.Field, ": ", wrong.Type, ": ", wrong.Detail))
	}
	return nil
}

// service decodes, defaults, allocates and validates as the API server does when one is created.
func service(text []byte, answers *bufio.Writer) error {
	var versioned corev1.Service
	if err := kjson.Unmarshal(text, &versioned); err != nil {
		return err
	}
	legacyscheme.Scheme.Default(&versioned)
	var internal core.Service
	if err := legacyscheme.Scheme.Convert(&versioned, &internal, nil); err != nil {
		return err
	}
	// The port is chosen before anyone looks at it.
	if apiservice.NeedsHealthCheck(&internal) && internal.Spec.HealthCheckNodePort == 0 {
		internal.Spec.HealthCheckNodePort = 32000
	}
	for _, wrong := range validation.ValidateServiceCreate(&internal) {
		frame(answers, "value", fmt.Sprint(wrong.Field, ": ", wrong.Type, ": ", wrong.Detail))
	}
	return nil
}
