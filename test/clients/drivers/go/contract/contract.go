// Package contract is the drivers' contract (../../README.md) for clients of Go: it reads commands and answers them in order.
package contract

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Record is one record as commands and answers carry it; Topic, Partition and Offset are those of a consumed one.
type Record struct {
	Topic     string      `json:"topic"`
	Partition int32       `json:"partition"`
	Offset    int64       `json:"offset"`
	Key       *string     `json:"key"`
	Value     *string     `json:"value"`
	Headers   [][2]string `json:"headers"`
	Timestamp int64       `json:"timestamp"`
}

// Command has the fields of every command.
type Command struct {
	ID         int      `json:"id"`
	Command    string   `json:"command"`
	Topic      string   `json:"topic"`
	Partitions int32    `json:"partitions"`
	Codec      string   `json:"codec"`
	Records    []Record `json:"records"`
	Topics     []string `json:"topics"`
	Group      string   `json:"group"`
	Protocol   string   `json:"protocol"`
	Count      int      `json:"count"`
	WaitMs     int      `json:"waitMs"`
	Member     string   `json:"member"`
}

// Wait is how long a consume may take.
func (command Command) Wait() time.Duration {
	return time.Duration(command.WaitMs) * time.Millisecond
}

// Answer is what a command answers with; nil stands for {}.
type Answer map[string]any

// Serve answers commands until the input ends. Clients print what they like; standard output is for answers.
func Serve(commands map[string]func(Command) (Answer, error)) {
	answers := json.NewEncoder(os.Stdout)
	os.Stdout = os.Stderr
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, fault := lines.ReadBytes('\n')
		if fault != nil {
			return
		}
		var command Command
		if fault := json.Unmarshal(line, &command); fault != nil {
			panic(fault)
		}
		_ = answers.Encode(outcome(commands, command))
	}
}

func outcome(commands map[string]func(Command) (Answer, error), command Command) map[string]any {
	run, found := commands[command.Command]
	if !found {
		return map[string]any{"id": command.ID, "error": "no command " + command.Command}
	}
	answer, fault := run(command)
	if fault != nil {
		fmt.Fprintln(os.Stderr, fault)
		return map[string]any{"id": command.ID, "error": fault.Error()}
	}
	if answer == nil {
		answer = Answer{}
	}
	return map[string]any{"id": command.ID, "ok": answer}
}

// Text is nil for nil, which a record's key or value may be.
func Text(data []byte) *string {
	if data == nil {
		return nil
	}
	text := string(data)
	return &text
}

// Bytes is nil for nil.
func Bytes(text *string) []byte {
	if text == nil {
		return nil
	}
	return []byte(*text)
}
