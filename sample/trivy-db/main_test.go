package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const known = `updated: 2026-01-01T00:00:00Z
nextUpdate: 2099-01-01T00:00:00Z
releases: [debian 13]
advisories:
  - id: CVE-2099-1
    title: invented
    severity: HIGH
    releases: [debian 13]
    source: dash
    fixed: 1.0-1
`

func readText(t *testing.T, text string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "description.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := read(path)
	return err
}

// Another version of Go may compress otherwise: what counts is what is inside.
func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(archive)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// bbolt writes the buckets of one transaction in the order of a Go map: the same content has a few layouts.
const layouts = 50

func isMadeOf(t *testing.T, layer string, description string) bool {
	t.Helper()
	want := unpacked(t, layer)
	made := filepath.Join(t.TempDir(), "made.tar.gz")
	for range layouts {
		if err := generate(description, made); err != nil {
			t.Fatalf("%s: %v", description, err)
		}
		if bytes.Equal(unpacked(t, made), want) {
			return true
		}
	}
	return false
}

func TestRepositoryHasWhatDescriptionsSay(t *testing.T) {
	fixtures, err := filepath.Glob("../../test/fixtures/trivy-db/*.yaml")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("there are no descriptions for tests: %v", err)
	}
	layers := map[string]string{"advisories.yaml": "sample.tar.gz"}
	for _, fixture := range fixtures {
		layers[fixture] = strings.TrimSuffix(fixture, ".yaml") + ".tar.gz"
	}
	for description, layer := range layers {
		if !isMadeOf(t, layer, description) {
			t.Errorf("%s is not what %s says: go run . %s %s", layer, description, description, layer)
		}
	}
}

func TestReadsAWholeDescription(t *testing.T) {
	if err := readText(t, known); err != nil {
		t.Fatal(err)
	}
}

func TestRefusesWhatCouldNotBeFound(t *testing.T) {
	for name, change := range map[string][2]string{
		"a real number":       {"CVE-2099-1", "CVE-2024-1"},
		"an unknown severity": {"HIGH", "SEVERE"},
		"an unknown release":  {"    releases: [debian 13]", "    releases: [debian 99]"},
		"no source":           {"source: dash", "source: ''"},
		"a misspelt key":      {"fixed:", "fixedIn:"},
		"no date":             {"updated: 2026-01-01T00:00:00Z\n", ""},
	} {
		text := strings.Replace(known, change[0], change[1], 1)
		if text == known {
			t.Fatalf("%s: the description does not change", name)
		}
		if err := readText(t, text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
