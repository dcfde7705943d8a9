// The referee answers how Kubernetes reads a text, and what it thinks of a pod.
//
// A request is a line, `stream LENGTH`, `chunk LENGTH` or `pod LENGTH`, and LENGTH bytes. A stream
// is read as `kubectl apply -f` reads a file, a chunk as one document that was cut out already.
// The answer is any number of `value LENGTH` with a value in a form that has one spelling for
// each, then `end 0`, or `error LENGTH` with the message at which Kubernetes stopped.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sort"

	kjson "k8s.io/apimachinery/pkg/util/json"
	kyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// lookahead is the buffer that kubectl gives the decoder (cli-runtime, StreamVisitor).
const lookahead = 4096

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
		read := stream
		switch kind {
		case "chunk":
			read = chunk
		case "pod":
			read = pod
		}
		if err := read(text, answers); err != nil {
			frame(answers, "error", []byte(err.Error()))
		} else {
			frame(answers, "end", nil)
		}
		if err := answers.Flush(); err != nil {
			panic(err)
		}
	}
}

func frame(answers *bufio.Writer, kind string, body []byte) {
	fmt.Fprintf(answers, "%s %d\n", kind, len(body))
	answers.Write(body)
}

// stream does what StreamVisitor does: every document that is not null is an object.
func stream(text []byte, answers *bufio.Writer) error {
	decoder := kyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), lookahead)
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		if err := value(raw, answers); err != nil {
			return err
		}
	}
}

func chunk(text []byte, answers *bufio.Writer) error {
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		return err
	}
	return value(raw, answers)
}

func value(raw []byte, answers *bufio.Writer) error {
	var decoded any
	if err := kjson.Unmarshal(raw, &decoded); err != nil {
		return err
	}
	var out bytes.Buffer
	spell(&out, decoded)
	frame(answers, "value", out.Bytes())
	return nil
}

// spell writes strings with their length, and numbers that are equal alike: whole ones in digits
// if 64 bits hold them, others as the bits of the float.
func spell(out *bytes.Buffer, decoded any) {
	switch decoded := decoded.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		fmt.Fprintf(out, "%t", decoded)
	case int64:
		fmt.Fprintf(out, "%d", decoded)
	case float64:
		if decoded == math.Trunc(decoded) && decoded >= -1<<63 && decoded < 1<<63 {
			fmt.Fprintf(out, "%d", int64(decoded))
		} else {
			fmt.Fprintf(out, "f%016x", math.Float64bits(decoded))
		}
	case string:
		fmt.Fprintf(out, "%d:%s", len(decoded), decoded)
	case []any:
		out.WriteByte('[')
		for _, item := range decoded {
			spell(out, item)
			out.WriteByte(',')
		}
		out.WriteByte(']')
	case map[string]any:
		keys := make([]string, 0, len(decoded))
		for key := range decoded {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		out.WriteByte('{')
		for _, key := range keys {
			spell(out, key)
			out.WriteByte('=')
			spell(out, decoded[key])
			out.WriteByte(',')
		}
		out.WriteByte('}')
	default:
		panic(fmt.Sprintf("no form for %T", decoded))
	}
}
