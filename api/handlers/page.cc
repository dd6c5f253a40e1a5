#include "api/handlers/page.h"

#include <algorithm>

namespace latchkey::api {

Page::Page(std::string_view name, std::uint64_t limit, BufferBudget& buffers, Call& call)
    : limit_(limit),
      buffers_(buffers),
      address_(call.connection.address),
      out_(call.response.body),
      json_(&out_) {
  json_.BeginObject();
  json_.Key(name);
  json_.BeginArray();
}

Page::~Page() { (void)buffers_.Change(address_, held_, 0); }

void Page::End(std::string_view next) {
  json_.EndArray();
  json_.MemberOrNull("next", next);
  json_.EndObject();
}

// Other pages grow while this one lets them have their turn.
bool Page::HasRoom() {
  if (out_.size() > limits::kMaxPageBytes) return false;
  const std::size_t holds = out_.capacity() - std::min(out_.capacity(), limits::kFreeBufferBytes);
  if (holds == held_) return true;
  if (!buffers_.Change(address_, held_, holds)) return false;
  held_ = holds;
  return true;
}

}  // namespace latchkey::api
