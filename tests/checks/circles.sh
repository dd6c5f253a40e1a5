#!/usr/bin/env bash
# No two units include each other, however far round. A unit is a .cc with the .h of its name; either
# may be missing.
. "$(dirname "$0")/sources.sh"

# includes: a line for each include: where it stands, the unit that includes, the unit included.
includes() {
  find "${layers[@]}" -name '*.h' -o -name '*.cc' | LC_ALL=C sort |
    xargs grep -noHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]+"' |
    sed -nE 's/^(([^:]+)\.(h|cc):[0-9]+):.*"([^"]+)\.h"/\1 \2 \4/p' | awk '$2 != $3'
}

# circles: where the first include of a circle stands, and the circle. A unit that includes none of
# the others that are left is in no circle, so it goes; when no more go, following any include leads
# into a circle. That one is told, goes as well, and shows what else is left.
circles() {
  LC_ALL=C awk '
    function next_of(unit, others, n, i) {
      n = split(included[unit], others, " ")
      for (i = 1; i <= n; ++i) if (others[i] in left) return others[i]
      return ""
    }
    function drop_ends(unit, gone) {
      do {
        gone = 0
        for (unit in left) if (next_of(unit) == "") { delete left[unit]; gone = 1 }
      } while (gone)
    }
    function tell_one(unit, here, text, seen) {
      here = ""
      for (unit in left) if (here == "" || unit < here) here = unit
      for (; !(here in seen); here = next_of(here)) seen[here]
      text = here
      for (unit = next_of(here); unit != here; unit = next_of(unit)) text = text " → " unit
      print stands[here, next_of(here)], text " → " here
      for (unit in seen) delete left[unit]
    }
    !(($2, $3) in stands) {
      stands[$2, $3] = $1
      included[$2] = included[$2] " " $3
      left[$2]
      left[$3]
    }
    END {
      while (1) {
        drop_ends()
        if (length(left) == 0) exit
        tell_one()
      }
    }'
}

while read -r where circle; do
  finding "$where" "these include each other: $circle"
done < <(includes | circles)
conclude "circles"
