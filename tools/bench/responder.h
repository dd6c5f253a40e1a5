// The least an HTTP server on this stack can do: Boost.Beast over TLS answers every request with
// the same bytes. Our own server cannot be cheaper with these libraries.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "core/base/error.h"

namespace latchkey::tools {

// Listens on a free loopback port, calls `ready` with ADDR:PORT, and answers on `threads` threads
// with 200 and a JSON body of `body_bytes`, until standard input ends. kIo when it cannot listen.
Status RunResponder(std::size_t body_bytes, unsigned threads,
                    const std::function<void(const std::string& address)>& ready);

}  // namespace latchkey::tools
