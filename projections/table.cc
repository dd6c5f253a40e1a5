#include "projections/table.h"

#include <cstdio>
#include <cstdlib>

#include "core/rocks/counts.h"

namespace latchkey::projections {

void PutNumber(std::uint64_t number, std::size_t width, std::string* out) {
  for (std::size_t i = width; i-- > 0;)
    out->push_back(static_cast<char>((number >> (8 * i)) & 0xff));
}

std::uint64_t GetNumber(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = (number << 8) | static_cast<unsigned char>(byte);
  return number;
}

void Stop(std::string_view doing, std::string_view why) {
  std::fprintf(stderr,
               "latchkey: projections: %.*s: %.*s. The ledger is not concerned: delete the "
               "projections directory to have it built anew.\n",
               static_cast<int>(doing.size()), doing.data(), static_cast<int>(why.size()),
               why.data());
  std::abort();
}

void Must(const rocksdb::Status& status, std::string_view doing) {
  if (!status.ok()) Stop(doing, status.ToString());
}

std::optional<std::string> Table::Get(std::string_view key) const {
  rocks::CountNothing();
  std::string value;
  const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), family, ToSlice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  Must(status, "reading a row");
  return value;
}

std::unique_ptr<rocksdb::Iterator> Table::Iterate() const {
  return std::unique_ptr<rocksdb::Iterator>(db->NewIterator(rocksdb::ReadOptions(), family));
}

}  // namespace latchkey::projections
