// Reads one HTTP/1.x request after another out of a connection's bytes. The grammar is Beast's;
// here stand our limits and which fields we keep. Nothing of Beast leaves http_parser.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "api/http/message.h"
#include "core/base/error.h"

namespace latchkey::api {

class HttpParser {
 public:
  enum class State {
    kHeader,  // the header is not whole yet
    kBody,    // the header is whole, the body is not
    kDone,
    kFailed,  // error() says why; the connection is of no more use
  };

  HttpParser();
  ~HttpParser();

  // Begins a request into `request`, which outlives the parsing.
  void Begin(HttpRequest* request);

  // Takes what it can from the front of `data` and returns how much that was; what it leaves is to
  // be given again with more behind it. Stops once at the end of the header (kBody), so that a
  // refusal need not wait for the body. Fails with kRequestMalformed, kHeadersTooLarge or
  // kTooLarge.
  std::size_t Feed(std::string_view data);

  State state() const { return state_; }
  const Error& error() const { return error_; }

 private:
  class Reader;
  void Fail(ErrorCode code, std::string_view detail);
  void FinishHeader();

  std::unique_ptr<Reader> reader_;
  HttpRequest* request_ = nullptr;
  State state_ = State::kHeader;
  std::size_t header_bytes_ = 0;
  Error error_{};
};

}  // namespace latchkey::api
