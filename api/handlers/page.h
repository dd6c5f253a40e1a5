// One page of a list, written while its rows are walked. It ends when it shows as many rows as were
// asked for, when it has become long, when many rows were looked at that it does not show, or when
// the buffers of all pages have no room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/call/call.h"
#include "api/call/json_writer.h"
#include "api/http/buffer_budget.h"
#include "api/http/limits.h"

namespace latchkey::api {

class Page {
 public:
  // Writes to the end of the call's body, as its member `name`. Both outlive it.
  Page(std::string_view name, std::uint64_t limit, BufferBudget& buffers, Call& call);
  ~Page();  // what it held is the session's to count
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // The next row of the walk; `write` writes one that is `shown`. False ends the walk: this row
  // belongs to the next page.
  template <typename Write>
  bool Add(bool shown, const Write& write) {
    more_ = looked_at_ == limits::kMaxScannedRows || (shown && shown_ == limit_) ||
            (looked_at_ > 0 && !HasRoom());  // each page comes on
    if (more_) return false;
    ++looked_at_;
    if (!shown) return true;
    ++shown_;
    write(&out_);
    return true;
  }

  bool more() const { return more_; }  // a row did not fit
  // `next` says where the next page begins; empty: nowhere.
  void End(std::string_view next);

 private:
  bool HasRoom();

  const std::uint64_t limit_;
  BufferBudget& buffers_;
  const ClientAddress& address_;
  std::string& out_;
  JsonWriter json_;
  std::uint64_t shown_ = 0;
  std::size_t looked_at_ = 0;
  std::size_t held_ = 0;  // of the budget
  bool more_ = false;
};

}  // namespace latchkey::api
