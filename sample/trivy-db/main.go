// Command trivy-db writes a small vulnerability database for Trivy (schema 2)
// from a description in YAML, as the layer that Trivy downloads:
//
//	go run . DESCRIPTION.yaml LAYER.tar.gz
//
// It asks no clock, no environment and no network, and puts everything into the
// database in sorted order, so one description always gives one database.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	bolt "go.etcd.io/bbolt"
	"gopkg.in/yaml.v3"
)

// description is what the YAML says.
type description struct {
	// Updated is the age that the database claims; NextUpdate is when Trivy would look for a newer one.
	Updated    time.Time `yaml:"updated"`
	NextUpdate time.Time `yaml:"nextUpdate"`
	// Releases are the ones that the database knows, as Trivy names them ("debian 13"), hit by an advisory or not.
	Releases   []string   `yaml:"releases"`
	Advisories []advisory `yaml:"advisories"`
}

type advisory struct {
	ID       string   `yaml:"id"`
	Title    string   `yaml:"title"`
	Severity string   `yaml:"severity"`
	Releases []string `yaml:"releases"`
	// Source is Debian's source package: its advisories name no binary packages.
	Source string `yaml:"source"`
	// Fixed is the first version without the flaw; empty says that there is none yet.
	Fixed string `yaml:"fixed"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: trivy-db DESCRIPTION.yaml LAYER.tar.gz")
		os.Exit(64)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(65)
	}
}

func generate(from, to string) error {
	d, err := read(from)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "trivy-db-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeDatabase(d, dir); err != nil {
		return err
	}
	meta := metadata.Metadata{Version: db.SchemaVersion, UpdatedAt: d.Updated, NextUpdate: d.NextUpdate}
	if err := metadata.NewClient(dir).Update(meta); err != nil {
		return err
	}
	layer, err := pack(d.Updated, db.Path(dir), metadata.Path(dir))
	if err != nil {
		return err
	}
	return os.WriteFile(to, layer, 0o644)
}

// read refuses what would silently give a database without the wanted finding.
func read(path string) (description, error) {
	var d description
	text, err := os.ReadFile(path)
	if err != nil {
		return d, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err != nil {
		return d, err
	}
	if d.Updated.IsZero() || d.NextUpdate.IsZero() || len(d.Releases) == 0 {
		return d, fmt.Errorf("updated, nextUpdate and releases have to be given")
	}
	for _, a := range d.Advisories {
		if !strings.HasPrefix(a.ID, "CVE-2099-") {
			return d, fmt.Errorf("%s: an invented advisory is named CVE-2099-…", a.ID)
		}
		if severity, err := types.NewSeverity(a.Severity); err != nil || severity == types.SeverityUnknown {
			return d, fmt.Errorf("%s: severity: expected LOW, MEDIUM, HIGH or CRITICAL, got %q", a.ID, a.Severity)
		}
		if a.Source == "" || a.Title == "" || len(a.Releases) == 0 {
			return d, fmt.Errorf("%s: title, source and releases have to be given", a.ID)
		}
		for _, release := range a.Releases {
			if !slices.Contains(d.Releases, release) {
				return d, fmt.Errorf("%s: release %q is not among the releases of the database", a.ID, release)
			}
		}
	}
	slices.Sort(d.Releases)
	slices.SortFunc(d.Advisories, func(a, b advisory) int { return strings.Compare(a.ID, b.ID) })
	return d, nil
}

func writeDatabase(d description, dir string) error {
	// The page size would otherwise be the machine's.
	if err := db.Init(dir, db.WithBoltOptions(&bolt.Options{PageSize: 4096})); err != nil {
		return err
	}
	defer db.Close()
	database := db.Config{}
	return database.BatchUpdate(func(tx *bolt.Tx) error {
		for _, release := range d.Releases {
			source := types.DataSource{ID: "debian", Name: "Invented advisories", URL: "https://example.invalid/"}
			if err := database.PutDataSource(tx, release, source); err != nil {
				return err
			}
			// A release that has no advisory is known all the same.
			if _, err := tx.CreateBucketIfNotExists([]byte(release)); err != nil {
				return err
			}
		}
		for _, a := range d.Advisories {
			if err := put(database, tx, a); err != nil {
				return fmt.Errorf("%s: %w", a.ID, err)
			}
		}
		return nil
	})
}

func put(database db.Config, tx *bolt.Tx, a advisory) error {
	severity, err := types.NewSeverity(a.Severity)
	if err != nil {
		return err
	}
	detail := types.Vulnerability{
		Title:          a.Title,
		Description:    "Invented: there is no such flaw.",
		Severity:       severity.String(),
		VendorSeverity: types.VendorSeverity{"debian": severity},
		References:     []string{"https://example.invalid/" + a.ID},
	}
	if err := database.PutVulnerability(tx, a.ID, detail); err != nil {
		return err
	}
	stored := types.Advisory{FixedVersion: a.Fixed}
	if a.Fixed == "" {
		stored.Status = types.StatusAffected
	}
	for _, release := range a.Releases {
		if err := database.PutAdvisory(tx, []string{release, a.Source}, a.ID, &stored); err != nil {
			return err
		}
	}
	return nil
}

// pack makes the layer: the two files by their names alone, owned by root, all of one time.
func pack(modified time.Time, paths ...string) ([]byte, error) {
	var layer bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&layer, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	archive := tar.NewWriter(zipped)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		header := &tar.Header{
			Name: filepath.Base(path), Mode: 0o644, Size: int64(len(content)), ModTime: modified, Format: tar.FormatUSTAR,
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(content); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := zipped.Close(); err != nil {
		return nil, err
	}
	return layer.Bytes(), nil
}
