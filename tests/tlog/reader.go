// Reads a log from its tiles with golang.org/x/mod alone: opens the checkpoint, proves entries.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files struct{ home string }

func (f files) Height() int                               { return 8 }
func (f files) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// x/mod names its tiles tile/8/L/N; C2SP drops the height.
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.home, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	must(err)
	home := os.Args[2]
	text, err := os.ReadFile(filepath.Join(home, "checkpoint"))
	must(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	must(err)
	lines := strings.SplitN(opened.Text, "\n", 4)
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	fmt.Println("size", size)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, files{home})
	for _, argument := range os.Args[3:] {
		index, err := strconv.ParseInt(argument, 10, 64)
		must(err)
		entry, err := os.ReadFile(filepath.Join(home, argument+".json"))
		must(err)
		proof, err := tlog.ProveRecord(size, index, reader)
		must(err)
		must(tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(bytes.TrimSpace(entry))))
		fmt.Println("proven", index)
	}
}
