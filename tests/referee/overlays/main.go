// The builder answers what kustomize builds.
//
// A request is a line, `stream LENGTH`, and LENGTH bytes: the path of a folder with a kustomization.
// The answer is any number of `value LENGTH` with an object in JSON, then `end 0`, or
// `error LENGTH` with a message.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
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
		folder := make([]byte, length)
		if _, err := io.ReadFull(requests, folder); err != nil {
			panic(err)
		}
		if err := build(string(folder), answers); err != nil {
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

func build(folder string, answers *bufio.Writer) error {
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	built, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return err
	}
	for _, object := range built.Resources() {
		text, err := object.MarshalJSON()
		if err != nil {
			return err
		}
		frame(answers, "value", string(text))
	}
	return nil
}
