#!/usr/bin/env bash
# Constants and types of anonymous namespaces are unique in their folder, because quick builds compile
# several of its files as one (LATCHKEY_QUICK). Functions are told apart by their parameters, and those
# that are not do not compile once their files meet.
. "$(dirname "$0")/sources.sh"

mapfile -t code < <(sources '*.h' '*.cc')
while IFS=: read -r file line name other; do
  finding "$file:$line" "$name is in $other too: share it, or say what it is"
done < <(awk '
  # The library or test program: a folder of core or of tests/core, of tests, or the top one.
  function target_of(file,  part) {
    split(file, part, "/")
    if (part[1] != "core" && part[1] != "tests") return part[1]
    return part[1] "/" part[2] (part[2] == "core" ? "/" part[3] : "")
  }
  FNR == 1 { target = target_of(FILENAME); hidden = 0 }
  /^namespace [a-z_:]+ {$/ { space = $2 }
  /^namespace {$/ { hidden = 1 }
  /^}  \/\/ namespace$/ { hidden = 0 }
  /^(struct|class|enum class) .*{$/ { sub(/^(struct|enum class|class) /, ""); name = $1 }
  match($0, /^(inline )?const(expr)? [^=({]* k[A-Z][A-Za-z0-9]*/) {
    name = substr($0, 1, RLENGTH)
    sub(/.* /, "", name)
  }
  name != "" && (hidden || FILENAME ~ /\.h$/) {  # what others may use clashes with what is hidden
    key = target " " space " " name
    if (key in file_of && file_of[key] != FILENAME && (hidden || is_hidden[key])) {
      print FILENAME ":" FNR ":" name ":" file_of[key]
    }
    file_of[key] = FILENAME
    is_hidden[key] = is_hidden[key] || hidden
  }
  { name = "" }
' "${code[@]}")
conclude "names"
