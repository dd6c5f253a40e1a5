#include "projections/projection.h"

#include <memory>

#include "core/base/hex.h"

namespace latchkey::projections {
namespace {

// Letters and digits of a key as they are, so that names are readable, other bytes as hexadecimal.
std::string Printable(std::string_view key) {
  std::string text;
  for (const char byte : key) {
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == '-';
    text += plain ? std::string(1, byte) : "\\x" + text::ToHex(std::string_view(&byte, 1));
  }
  return text;
}

}  // namespace

void Differences::Add(std::string what) {
  if (!Full()) found_.push_back(std::move(what));
}

void CompareRows(std::string_view name, const StoredRows& ours, const StoredRows& theirs,
                 const std::function<bool(std::string_view key, std::string_view value)>& left_out,
                 Differences* out) {
  const std::unique_ptr<rocksdb::Iterator> a = ours.Iterate();
  const std::unique_ptr<rocksdb::Iterator> b = theirs.Iterate();
  const auto skip = [&](rocksdb::Iterator* it) {
    while (it->Valid() && left_out(ToView(it->key()), ToView(it->value()))) it->Next();
  };
  const auto add = [&](rocksdb::Iterator* it, std::string_view what) {
    out->Add(std::string(name) + ": row " + Printable(ToView(it->key())) + std::string(what));
  };
  a->SeekToFirst();
  b->SeekToFirst();
  while (!out->Full()) {
    skip(a.get());
    skip(b.get());
    if (!a->Valid() && !b->Valid()) break;
    const int order = !a->Valid() ? 1 : !b->Valid() ? -1 : a->key().compare(b->key());
    if (order < 0) {
      add(a.get(), " is missing in the other");
    } else if (order > 0) {
      add(b.get(), " is only in the other");
    } else if (a->value() != b->value()) {
      add(a.get(), " differs");
    }
    if (order <= 0) a->Next();
    if (order >= 0) b->Next();
  }
  ours.Must(a->status(), "comparing");
  theirs.Must(b->status(), "comparing");
}

}  // namespace latchkey::projections
