#!/usr/bin/env bash
# run.sh PROGRAM BUILD: fuzzes one target for its share of LATCHKEY_FUZZ_SECONDS, which all targets
# divide (60 unless set), from LATCHKEY_FUZZ_SEED (another one each time unless set). It begins with the
# seeds in the tree; what it learns goes to BUILD/corpus and what it finds to BUILD/findings.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
program=$1 build=$2
name=$(basename "$program")
what=${name#fuzz_}
targets=(fuzz_*.cc)
seconds=$((${LATCHKEY_FUZZ_SECONDS:-60} / ${#targets[@]}))
mkdir -p "$build/corpus/$what" "$build/findings"

options=(
  -max_total_time=$((seconds > 0 ? seconds : 1))  # 0 would be without end
  -seed="${LATCHKEY_FUZZ_SEED:-0}"
  -max_len=20000     # beyond the limits of 16 KiB
  -timeout=20        # of one input; most take microseconds
  -rss_limit_mb=1536 -malloc_limit_mb=64
  -reload=0 -print_final_stats=1
  -artifact_prefix="$build/findings/$name-"
)
touch "$build/findings/.$name"
# Without the line for each input that reaches something new.
"$program" "${options[@]}" "$build/corpus/$what" "corpus/$what" 2>&1 |
  grep --line-buffered -vE '^#[0-9]+[[:space:]]' && exit

echo "$name has found something."
find "$build/findings" -name "$name-*" -newer "$build/findings/.$name" -printf "Run it again with: $program %p\n"
echo "Mend it, keep the file in tests/fuzz/corpus/$what under the name of what it shows, and make the"
echo "right answer to it a unit test."
exit 1
