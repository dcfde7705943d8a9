package main

import (
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta/testrestmapper"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/admissionregistration"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	"k8s.io/kubernetes/pkg/apis/admissionregistration/validation"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

var scheme = legacyscheme.Scheme

// Fields that no type has are errors.
var strict = serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()

var mapper = testrestmapper.TestOnlyStaticRESTMapper(scheme)

var checker = &validating.TypeChecker{
	SchemaResolver: resolver.NewDefinitionsSchemaResolver(openapi.GetOpenAPIDefinitions, scheme),
	RestMapper:     mapper,
}

// decode reads an object and gives it the values that the API server gives it.
func decode(text []byte) (runtime.Object, *schema.GroupVersionKind, error) {
	object, kind, err := strict.Decode(text, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	scheme.Default(object)
	return object, kind, nil
}

// internal is the form in which the API server works on objects.
func internal(object runtime.Object, kind *schema.GroupVersionKind) (runtime.Object, error) {
	version := schema.GroupVersion{Group: kind.Group, Version: runtime.APIVersionInternal}
	return scheme.ConvertToVersion(object, version)
}

// encode is an object in JSON, in a version that clients see.
func encode(object runtime.Object, kind schema.GroupVersionKind) (string, error) {
	versioned, err := scheme.ConvertToVersion(object, kind.GroupVersion())
	if err != nil {
		return "", err
	}
	text, err := runtime.Encode(legacyscheme.Codecs.LegacyCodec(kind.GroupVersion()), versioned)
	return string(text), err
}

// review is what the API server would say to whoever creates a policy or a binding: errors for
// which it refuses them, and warnings that it writes into their status.
func review(object runtime.Object, kind *schema.GroupVersionKind, typed bool) ([]string, error) {
	form, err := internal(object, kind)
	if err != nil {
		return nil, err
	}
	var wrong field.ErrorList
	switch form := form.(type) {
	case *admissionregistration.ValidatingAdmissionPolicy:
		wrong = validation.ValidateValidatingAdmissionPolicy(form)
	case *admissionregistration.ValidatingAdmissionPolicyBinding:
		wrong = validation.ValidateValidatingAdmissionPolicyBinding(form)
	case *admissionregistration.MutatingAdmissionPolicy:
		wrong = validation.ValidateMutatingAdmissionPolicy(form)
	case *admissionregistration.MutatingAdmissionPolicyBinding:
		wrong = validation.ValidateMutatingAdmissionPolicyBinding(form)
	default:
		return nil, fmt.Errorf("%s is no policy", kind)
	}
	var said []string
	for _, error := range wrong {
		said = append(said, error.Error())
	}
	if policy, ok := object.(*admissionregistrationv1.ValidatingAdmissionPolicy); ok && typed {
		for _, warning := range checker.Check(policy) {
			said = append(said, warning.FieldRef+": "+warning.Warning)
		}
	}
	return said, nil
}

// bear gives what a cluster gives to objects that it keeps.
func bear(object runtime.Object) {
	if object, ok := object.(metav1.Object); ok {
		object.SetResourceVersion("1")
	}
}
