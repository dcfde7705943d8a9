// The policy referee answers what the API server does with an object where admission policies are
// in force: with the plugins of the API server itself, on a cluster that is not there.
//
// A request is a line, `admission LENGTH`, and LENGTH bytes of JSON: the policies from now on, with
// their bindings, or an object before them. The answer is any number of `value LENGTH`, then
// `end 0`, or `error LENGTH`. Of policies, values are what is wrong with them; of an object, what is
// said of it, and last what becomes of it.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"
)

// Question is what a request holds: either policies or an object.
type Question struct {
	Policies   []json.RawMessage            `json:"policies"`
	Namespaces map[string]map[string]string `json:"namespaces"`
	// Whether to look at the types of every kind, which takes long.
	Typed bool `json:"typed"`

	Object      json.RawMessage `json:"object"`
	Old         json.RawMessage `json:"old"`
	Subresource string          `json:"subresource"`
}

func main() {
	logs := flag.NewFlagSet("logs", flag.ContinueOnError)
	klog.InitFlags(logs)
	if err := logs.Parse([]string{"-logtostderr=false", "-stderrthreshold=FATAL"}); err != nil {
		panic(err)
	}
	klog.SetOutput(io.Discard)
	requests := bufio.NewReader(os.Stdin)
	answers := bufio.NewWriter(os.Stdout)
	var server *Server
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
		values, err := answer(&server, text)
		for _, value := range values {
			frame(answers, "value", value)
		}
		if err != nil {
			frame(answers, "error", err.Error())
		} else {
			frame(answers, "end", "")
		}
		if err := answers.Flush(); err != nil {
			panic(err)
		}
	}
}

func answer(server **Server, text []byte) ([]string, error) {
	var question Question
	if err := json.Unmarshal(text, &question); err != nil {
		return nil, err
	}
	if question.Object != nil && *server == nil {
		return nil, errors.New("no policies are in force")
	}
	if question.Object != nil {
		return (*server).judge(&question)
	}
	if *server != nil {
		(*server).stop()
	}
	var wrong []string
	var err error
	*server, wrong, err = start(&question)
	return wrong, err
}

func frame(answers *bufio.Writer, kind string, body string) {
	fmt.Fprintf(answers, "%s %d\n%s", kind, len(body), body)
}
