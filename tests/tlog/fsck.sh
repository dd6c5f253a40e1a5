#!/usr/bin/env bash
# fsck.sh LATCHKEY: Tessera's fsck fetches all entries and tiles of a served history and finds them
# whole, and finds each fault that is planted on the way to it. It ends with 0 whatever it finds, so
# only the line counts in which it names our size and our root.
. "$(dirname "$0")/others.sh"
compile github.com/transparency-dev/tessera/cmd/fsck
events=${LATCHKEY_FSCK_EVENTS:-3000}

# grow EVENTS: at least; each gateway brings two, and a file has 10,000 rows at most.
grow() {
  local gateways=$((($1 + 1) / 2)) rows
  while ((gateways > 0)); do
    rows=$((gateways < 10000 ? gateways : 10000))
    seq -f "gateway-$((added += 1))-%.0f" "$rows" > names.txt
    operate gateway add acme --from names.txt -o json > added.json 2> added.txt ||
      fail "gateways are not added: $(< added.txt)"
    gateways=$((gateways - rows))
  done
  await is_published
  size=$(about .checkpoint.size)
  root=$(about .checkpoint.root_hash)
}

# fsck URL [OPTION…]: what it says is in said.txt. Where all its workers have failed it waits for ever.
fsck() {
  SSL_CERT_FILE=ledger/run/ca.crt timeout 300 bin/fsck --storage_url "$1/tlog/" --public_key vkey \
    --ui=false -N 4 "${@:2}" > said.txt 2>&1 || true
}
fsck_as_owner() { fsck "$1" --bearer_token "$(< ledger/secrets/owner-token)"; }
finds() { grep -qF "Successfully fsck'd log with size $1 and root $2 " said.txt; }
finds_it_whole() {
  fsck_as_owner "$1"
  finds "$size" "$root" || fail "fsck does not find $size events whole: $(< said.txt)"
}

# refused WHAT WORDS: fsck names the fault, and says no word of success.
refused() {
  ! grep -q 'Successfully' said.txt || fail "fsck does not find $1: $(< said.txt)"
  grep -qE "(fsck failed|panic): .*($2)" said.txt || fail "fsck finds something else than $1: $(< said.txt)"
  refusals=$((refusals + 1))
}

# plant PATH: what is on standard input is served there instead.
plant() {
  mkdir -p "$(dirname "instead$1")"
  cat > "instead$1"
}
# with_fault WHAT PATH WORDS: fsck finds what was planted there.
with_fault() {
  fsck_as_owner "$stand_in"
  rm "instead$2"
  refused "$1" "$3"
}
# flipped WHAT PATH WORDS OFFSET…: one bit of one byte in each turn.
flipped() {
  local offset
  ask "$2" > ours
  for offset in "${@:4}"; do
    flip "$offset" < ours | plant "$2"
    with_fault "byte $offset changed in $1" "$2" "$3"
  done
}

added=0
refusals=0
serve --gateways 127.0.0.1:0 --log-level warn
operate account open acme > opened.txt
about .vkey > vkey
[[ $(sed -n 1p vkey) == "$(get /tlog/checkpoint | head -n 1)+"* ]] || fail "the key has not the origin's name"
mkdir instead
mkfifo url
python3 "$source/instead.py" "$(< ledger/run/management)" ledger/run/ca.crt instead > url &
children+=($!)
read -r stand_in < url

grow "$events"
# Its last tile is partial, and stays the last one when the history grows a little.
for _ in {1..256}; do
  ((size % 256 < 2 || size % 256 > 252)) || break
  grow 2
done
((size > 256 && size % 256)) || fail "$size events do not make full and partial tiles"
finds_it_whole "$(< ledger/run/management)"
finds_it_whole "$stand_in"

# name_of NUMBER: a tile's in its path.
name_of() {
  local name
  name=$(printf '%03d' $(($1 % 1000)))
  (($1 < 1000)) || name=$(printf 'x%03d/%s' $(($1 / 1000)) "$name")
  echo "$name"
}
last=$(name_of $((size / 256))).p/$((size % 256))
level=$((size / 256))
above=$(name_of $((level / 256))).p/$((level % 256))
((level % 256)) || above=$(name_of $((level / 256 - 1)))

flipped "the length of an entry" /tlog/tile/entries/000 'AppendBundle|unmarshal' 0 1
flipped "a full bundle" /tlog/tile/entries/000 'tile/0/000: log has' 2 100 -1
flipped "the partial bundle" "/tlog/tile/entries/$last" "tile/0/$last: log has" 2 50 -1
flipped "a full tile" /tlog/tile/0/000 'tile/0/000: log has' 0 4000 -1
flipped "the partial tile" "/tlog/tile/0/$last" "tile/0/$last: log has" 0 -1
flipped "a tile above" "/tlog/tile/1/$above" "tile/1/$above: log has" 0 -1
flipped "the checkpoint" /tlog/checkpoint 'verify checkpoint' 0 -1

# What was served before: an end that was right, a bundle of another place.
ask "/tlog/tile/0/$last" > old_tile
ask "/tlog/tile/entries/$last" > old_bundle
get /tlog/checkpoint > old_checkpoint
old_size=$size
old_root=$root
grow 2
new=$(name_of $((size / 256))).p/$((size % 256))
[[ ${new%.p/*} == "${last%.p/*}" ]] || fail "the last tile is another one by now"
finds_it_whole "$stand_in"
plant "/tlog/tile/0/$new" < old_tile
with_fault "an old end of the tile" "/tlog/tile/0/$new" "tile/0/$new: log has"
plant "/tlog/tile/entries/$new" < old_bundle
with_fault "an old end of the bundle" "/tlog/tile/entries/$new" 'index out of range'
ask /tlog/tile/entries/001 | plant /tlog/tile/entries/000
with_fault "a bundle of another place" /tlog/tile/entries/000 'tile/0/000: log has'
plant /tlog/checkpoint < old_checkpoint
fsck_as_owner "$stand_in"
rm instead/tlog/checkpoint
finds "$old_size" "$old_root" || fail "fsck does not find the older history: $(< said.txt)"
! finds "$size" "$root" || fail "fsck takes the older history for ours"
finds_it_whole "$stand_in"

# Entries are not for everyone, and fsck is told so.
fsck "$(< ledger/run/management)"
refused "no token" 'tile/entries/.*: 401'
stop
operate verify > verify.txt || fail "verify: $(< verify.txt)"
echo "fsck finds $size events whole, and $refusals faults"
