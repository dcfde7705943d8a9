package main

import (
	"context"
	"errors"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/apis/audit"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/client-go/discovery"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/openapi"
)

// Server is the part of an API server that asks policies.
type Server struct {
	mutating   *mutating.Plugin
	validating *validating.Plugin
	over       chan struct{}
}

// start puts policies in force, and says what is wrong with them.
func start(question *Question) (*Server, []string, error) {
	var wrong []string
	var objects []runtime.Object
	for _, text := range question.Policies {
		object, kind, err := decode(text)
		if err != nil {
			return nil, nil, err
		}
		said, err := review(object, kind, question.Typed)
		if err != nil {
			return nil, nil, err
		}
		wrong = append(wrong, said...)
		bear(object)
		objects = append(objects, object)
	}
	for name, labels := range question.Namespaces {
		all := map[string]string{corev1.LabelMetadataName: name}
		for key, value := range labels {
			all[key] = value
		}
		objects = append(objects, &corev1.Namespace{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: all, ResourceVersion: "1"},
		})
	}
	client := &cluster{fake.NewClientset(objects...)}
	server := &Server{over: make(chan struct{})}
	var err error
	if server.mutating, err = mutating.NewPlugin(nil); err != nil {
		return nil, nil, err
	}
	if server.validating, err = validating.NewPlugin(nil); err != nil {
		return nil, nil, err
	}
	if err := begin(server.mutating.Plugin, client, server.over); err != nil {
		return nil, nil, err
	}
	if err := begin(server.validating.Plugin, client, server.over); err != nil {
		return nil, nil, err
	}
	return server, wrong, nil
}

func begin[H any](plugin *generic.Plugin[H], client kubernetes.Interface, over chan struct{}) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	plugin.SetEnabled(true)
	plugin.SetExternalKubeClientSet(client)
	plugin.SetExternalKubeInformerFactory(factory)
	plugin.SetRESTMapper(mapper)
	plugin.SetDynamicClient(dynamicfake.NewSimpleDynamicClient(scheme))
	plugin.SetDrainedNotification(over)
	plugin.SetUnconditionalAuthorizer(nobody{})
	if err := plugin.ValidateInitialization(); err != nil {
		return err
	}
	factory.Start(over)
	if !plugin.WaitForReady() {
		return errors.New("the plugin does not get ready")
	}
	return nil
}

func (server *Server) stop() {
	close(server.over)
}

// judge says what policies say of an object, a line each: `warn`, `audit` or `deny` and the message;
// then the object as they leave it.
func (server *Server) judge(question *Question) ([]string, error) {
	versioned, kind, err := decode(question.Object)
	if err != nil {
		return nil, err
	}
	object, err := internal(versioned, kind)
	if err != nil {
		return nil, err
	}
	operation, options := admission.Create, runtime.Object(&metav1.CreateOptions{})
	var old runtime.Object
	if question.Old != nil {
		operation, options = admission.Update, &metav1.UpdateOptions{}
		if versioned, _, err = decode(question.Old); err != nil {
			return nil, err
		}
		if old, err = internal(versioned, kind); err != nil {
			return nil, err
		}
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		return nil, err
	}
	mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	attributes := admission.NewAttributesRecord(object, old, *kind, accessor.GetNamespace(),
		accessor.GetName(), mapping.Resource, question.Subresource, operation, options, false,
		&user.DefaultInfo{Name: "someone"})
	record := &recorder{}
	ctx := warning.WithWarningRecorder(context.Background(), record)
	annotated := &annotated{Attributes: attributes, record: record}
	interfaces := admission.NewObjectInterfacesFromScheme(scheme)
	if err := server.mutate(ctx, annotated, interfaces); err != nil {
		return nil, err
	}
	err = server.validating.Validate(ctx, annotated, interfaces)
	if err != nil && !apierrors.IsForbidden(err) && !apierrors.IsInvalid(err) {
		return nil, err
	}
	if err != nil {
		record.say("deny", err.Error())
	}
	left, err := encode(attributes.GetObject(), *kind)
	if err != nil {
		return nil, err
	}
	return append(record.said, left), nil
}

// mutate waits for what the plugin learns of types in the background.
func (server *Server) mutate(
	ctx context.Context, attributes admission.Attributes, interfaces admission.ObjectInterfaces,
) error {
	var err error
	for range 100 {
		err = server.mutating.Admit(ctx, attributes, interfaces)
		if !apierrors.IsServiceUnavailable(err) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// recorder keeps what is said of an object.
type recorder struct{ said []string }

func (record *recorder) say(what, message string) {
	record.said = append(record.said, what+" "+strings.ReplaceAll(message, "\n", " "))
}

func (record *recorder) AddWarning(_, text string) { record.say("warn", text) }

// annotated are attributes whose audit annotations are told.
type annotated struct {
	admission.Attributes
	record *recorder
}

func (annotated *annotated) AddAnnotation(_, value string) error {
	annotated.record.say("audit", value)
	return nil
}

func (annotated *annotated) AddAnnotationWithLevel(key, value string, _ audit.Level) error {
	return annotated.AddAnnotation(key, value)
}

// nobody has rights.
type nobody struct{}

func (nobody) Authorize(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
	return authorizer.DecisionNoOpinion, "", nil
}

// cluster is one that tells of its types, if only that they are there.
type cluster struct{ *fake.Clientset }

func (cluster *cluster) Discovery() discovery.DiscoveryInterfaces {
	return types{cluster.Clientset.Discovery()}
}

type types struct{ discovery.DiscoveryInterfaces }

func (types) OpenAPIV3() openapi.Client { return types{} }

func (types) Paths() (map[string]openapi.GroupVersion, error) {
	paths := map[string]openapi.GroupVersion{}
	for _, version := range []string{"api/v1", "apis/apps/v1", "apis/batch/v1"} {
		paths[version] = empty{}
	}
	return paths, nil
}

type empty struct{}

func (empty) Schema(string) ([]byte, error) {
	return []byte(`{"openapi":"3.0.0","components":{"schemas":{}}}`), nil
}

func (empty) ServerRelativeURL() string { return "" }
