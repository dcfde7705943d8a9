// The server answers why the API server of Kubernetes would refuse a pod, a Service or a
// NetworkPolicy, before anything that is admitted to a cluster looks at it.
//
// A request is a line, `pod LENGTH`, `service LENGTH` or `networkpolicy LENGTH`, and LENGTH bytes: a
// pod template, or an object of the other kinds, in JSON. The answer is any
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
	networkingv1 "k8s.io/api/networking/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	apiservice "k8s.io/kubernetes/pkg/api/service"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
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
		switch kind {
		case "service":
			judge = service
		case "networkpolicy":
			judge = policy
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

// policy decodes, defaults and validates as the API server does when one is created.
func policy(text []byte, answers *bufio.Writer) error {
	var versioned networkingv1.NetworkPolicy
	if err := kjson.Unmarshal(text, &versioned); err != nil {
		return err
	}
	legacyscheme.Scheme.Default(&versioned)
	var internal networking.NetworkPolicy
	if err := legacyscheme.Scheme.Convert(&versioned, &internal, nil); err != nil {
		return err
	}
	options := networkingvalidation.ValidationOptionsForNetworking(&internal, nil)
	for _, wrong := range networkingvalidation.ValidateNetworkPolicy(&internal, options) {
		frame(answers, "value", fmt.Sprint(wrong.Field, ": ", wrong.Type, ": ", wrong.Detail))
	}
	return nil
}
