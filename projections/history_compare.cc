// Compares two histories.
#include <array>
#include <mutex>

#include "core/crypto/hash.h"
#include "projections/history_projection.h"

namespace latchkey::projections {
namespace {

using Words = std::array<std::uint64_t, crypto::kSha256Bytes / sizeof(std::uint64_t)>;

// A digest of the lists of one term that leaves out the term itself.
class Chain {
 public:
  void Add(std::string_view key, std::string_view offsets) {
    digest_ = crypto::Sha256({digest_, key.substr(TermOf(key).size()), offsets});
  }
  void AddTo(Words* sum) const {
    for (std::size_t i = 0; i < sum->size(); ++i) {
      (*sum)[i] += GetNumber(
          std::string_view(digest_).substr(i * sizeof(std::uint64_t), sizeof(std::uint64_t)));
    }
  }

 private:
  std::string digest_;
};

}  // namespace

// The lists of the segment in memory, as the rows they will be.
std::map<std::string, std::string> HistoryProjection::OpenRows() const {
  const std::shared_lock lock(mutex_);
  std::map<std::string, std::string> rows;
  for (const auto& [segment, postings] : open_) {
    for (const auto& [term, offsets] : postings) {
      rows.emplace(SegmentKey(term, segment), EncodeOffsets(offsets));
    }
  }
  return rows;
}

void HistoryProjection::Compare(const Projection& other, Differences* out) const {
  const auto& that = dynamic_cast<const HistoryProjection&>(other);
  const auto left_out = [](std::string_view key, std::string_view = {}) {
    return key.front() == kMetaKey.front() || key.starts_with(kAddressTerms);
  };
  CompareRows(kFamily, stored_, that.stored_, left_out, out);

  std::map<std::string, std::string> ours = OpenRows();
  std::map<std::string, std::string> theirs = that.OpenRows();
  const auto drop = [&](const auto& row) { return left_out(row.first); };
  std::erase_if(ours, drop);
  std::erase_if(theirs, drop);
  if (ours != theirs) out->Add(std::string(kFamily) + ": the open segment differs");
  if (AddressDigest() != that.AddressDigest()) {
    out->Add(std::string(kFamily) + ": the events of the addresses differ");
  }
}

// Address terms have other names in every projection, but must group the same events: the sum of
// one chain per term compares them in any order of the terms.
std::string HistoryProjection::AddressDigest() const {
  std::map<std::string, std::string> open = OpenRows();
  std::erase_if(open, [](const auto& row) { return !row.first.starts_with(kAddressTerms); });
  Words sum{};
  std::string term;
  Chain chain;
  // The open segment comes after all complete ones.
  const auto finish = [&] {
    for (auto row = open.lower_bound(term); row != open.end() && TermOf(row->first) == term;) {
      chain.Add(row->first, row->second);
      row = open.erase(row);
    }
    chain.AddTo(&sum);
    chain = Chain();
  };
  stored_.Walk(kAddressTerms, [&](std::string_view key, std::string_view offsets) {
    if (!key.starts_with(kAddressTerms)) return false;
    if (TermOf(key) != term) {
      if (!term.empty()) finish();
      term = TermOf(key);
    }
    chain.Add(key, offsets);
    return true;
  });
  if (!term.empty()) finish();
  while (!open.empty()) {
    term = TermOf(open.begin()->first);
    finish();
  }
  std::string digest;
  for (const std::uint64_t word : sum) PutNumber(word, sizeof word, &digest);
  return digest;
}

}  // namespace latchkey::projections
