#!/bin/sh
# build.sh <file> [go build option...]: builds the Trivy that go.mod pins, every module checked against go.sum, and
# moves it to <file> when it is whole. Needs Go 1.26, or with GOTOOLCHAIN=auto any that fetches it; about nine minutes of two cores.
set -eu

case $1 in /*) file=$1 ;; *) file=$PWD/$1 ;; esac
shift
CDPATH='' cd -- "$(dirname "$0")"

# The Go that is to build, by its own path: an older one that fetches it dies of an experiment that it does not know.
go=$(GOTOOLCHAIN=${GOTOOLCHAIN:-local} go env GOROOT)/bin/go

export CGO_ENABLED=0 GOEXPERIMENT=jsonv2 GOTOOLCHAIN=local GOFLAGS='-mod=readonly -trimpath -buildvcs=false'
module=github.com/aquasecurity/trivy
version=$("$go" list -m -f '{{.Version}}' "$module")
case $version in
  v0.69.[456])
    echo "Trivy $version is malicious (CVE-2026-33634): it is not built" >&2
    exit 78
    ;;
esac

trap 'rm -f "$file.building"' EXIT
"$go" build "$@" -o "$file.building" -ldflags "-s -w -X $module/pkg/version/app.ver=${version#v}" "$module/cmd/trivy"
mv "$file.building" "$file"
