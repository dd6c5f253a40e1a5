// One page of a list, written while its rows are walked. It ends when it shows as many rows as were
// asked for, when it has become long, or when many rows were looked at that it does not show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/call/json_writer.h"
#include "api/http/limits.h"

namespace latchkey::api {

class Page {
 public:
  // Writes to the end of `*out`; the rows are the member `name`.
  Page(std::string_view name, std::uint64_t limit, std::string* out)
      : limit_(limit), out_(*out), json_(out) {
    json_.BeginObject();
    json_.Key(name);
    json_.BeginArray();
  }

  // The next row of the walk; `write` writes one that is `shown`. False ends the walk: there is no
  // room, and this row belongs to the next page.
  template <typename Write>
  bool Add(bool shown, const Write& write) {
    more_ = looked_at_ == limits::kMaxScannedRows || out_.size() > limits::kMaxPageBytes ||
            (shown && shown_ == limit_);
    if (more_) return false;
    ++looked_at_;
    if (!shown) return true;
    ++shown_;
    write(&out_);
    return true;
  }

  // `last` names the last row that was added: where the next page goes on, if there is one.
  void End(std::string_view last) {
    json_.EndArray();
    json_.MemberOrNull("next", more_ ? last : std::string_view());
    json_.EndObject();
  }

 private:
  const std::uint64_t limit_;
  std::string& out_;
  JsonWriter json_;
  std::uint64_t shown_ = 0;
  std::size_t looked_at_ = 0;
  bool more_ = false;
};

}  // namespace latchkey::api
