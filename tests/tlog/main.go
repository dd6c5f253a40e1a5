// What an auditor does who trusts nothing but a log's key, with the libraries of others: signed notes
// and trees of golang.org/x/mod, checkpoints and tiles of torchwood, cosignatures of
// transparency-dev/formats.
//
//	audit proof VKEY PROOF ENTRY      a proof holds for the entry; and for none with a bit changed
//	audit walk VKEY URL TOKEN OUT     reads all entries through the tiles, each into the folder OUT
//	audit cosigned VKEY WITNESS NOTE  the witness has cosigned; prints size and time
//
// Keys are texts, PROOF, ENTRY, TOKEN and NOTE files.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"filippo.io/torchwood"
	f_note "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// open verifies a checkpoint of the log with this key, which has the origin's name.
func open(text []byte, vkey string, others ...note.Verifier) (torchwood.Checkpoint, *note.Note, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return torchwood.Checkpoint{}, nil, err
	}
	opened, err := note.Open(text, note.VerifierList(append(others, verifier)...))
	if err != nil {
		return torchwood.Checkpoint{}, nil, err
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err == nil && checkpoint.Origin != verifier.Name() {
		err = errors.New("a checkpoint of another log")
	}
	return checkpoint, opened, err
}

// check verifies a proof as in C2SP tlog-proof, with no extra data.
func check(text, entry []byte, vkey string) (int64, error) {
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return 0, errors.New("not a proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return 0, err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return 0, err
		}
		proof = append(proof, hash)
	}
	tree, _, err := open([]byte(checkpoint), vkey)
	if err != nil {
		return 0, err
	}
	return index, tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func proof(vkey, proofFile, entryFile string) error {
	text, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	index, err := check(text, entry, vkey)
	if err != nil {
		return err
	}
	for at := range entry {
		for bit := range 8 {
			changed := append([]byte{}, entry...)
			changed[at] ^= 1 << bit
			if _, err := check(text, changed, vkey); err == nil {
				return fmt.Errorf("it holds with bit %d of byte %d changed", bit, at)
			}
		}
		if _, err := check(text, entry[:at], vkey); err == nil {
			return fmt.Errorf("it holds for the first %d bytes", at)
		}
	}
	fmt.Println(index)
	return nil
}

type withToken string

func (token withToken) RoundTrip(request *http.Request) (*http.Response, error) {
	request.Header.Set("Authorization", "Bearer "+string(token))
	return http.DefaultTransport.RoundTrip(request)
}

func walk(vkey, url, tokenFile, out string) error {
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client := &http.Client{Transport: withToken(strings.TrimSpace(string(token))), Timeout: 10 * time.Second}
	fetcher, err := torchwood.NewTileFetcher(url, torchwood.WithHTTPClient(client))
	if err != nil {
		return err
	}
	text, err := fetcher.ReadEndpoint(ctx, "checkpoint")
	if err != nil {
		return err
	}
	tree, _, err := open(text, vkey)
	if err != nil {
		return err
	}
	tiles, err := torchwood.NewClient(fetcher)
	if err != nil {
		return err
	}
	// It stops before the last, partial tile, and goes on when it is asked once more.
	var next int64
	for range 2 {
		for index, entry := range tiles.Entries(ctx, tree.Tree, next) {
			if index != next {
				return fmt.Errorf("entry %d comes after %d", index, next-1)
			}
			if err := os.WriteFile(filepath.Join(out, strconv.FormatInt(index, 10)), entry, 0o600); err != nil {
				return err
			}
			next++
		}
		if tiles.Err() != nil {
			return tiles.Err()
		}
	}
	if next != tree.N {
		return fmt.Errorf("%d of %d entries", next, tree.N)
	}
	fmt.Println(next)
	return nil
}

func cosigned(vkey, witness, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	verifier, err := f_note.NewVerifierForCosignatureV1(witness)
	if err != nil {
		return err
	}
	tree, opened, err := open(text, vkey, verifier)
	if err != nil {
		return err
	}
	for _, signature := range opened.Sigs {
		if signature.Name == verifier.Name() && signature.Hash == verifier.KeyHash() {
			at, err := f_note.CoSigV1Timestamp(signature)
			if err != nil {
				return err
			}
			fmt.Println(tree.N, at.Unix())
			return nil
		}
	}
	return errors.New("it is not cosigned by " + verifier.Name())
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 4 && arguments[0] == "proof":
		return proof(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 5 && arguments[0] == "walk":
		return walk(arguments[1], arguments[2], arguments[3], arguments[4])
	case len(arguments) == 4 && arguments[0] == "cosigned":
		return cosigned(arguments[1], arguments[2], arguments[3])
	}
	return errors.New("see the top of main.go")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1)
	}
}
