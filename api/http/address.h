// Addresses to listen at, as ADDR:PORT or [ADDR]:PORT. Thread-safe: free functions without state.
#pragma once

#include <optional>
#include <string>

namespace latchkey::api {

// The host of ADDR:PORT or [ADDR]:PORT, without brackets; nothing for other forms, and for a port
// that is no number up to 65535.
std::optional<std::string> HostOf(const std::string& address);

// https://HOST:PORT to reach ADDR:PORT from this machine: a wildcard becomes the loopback address.
// `name`, when not empty, takes the host's place.
std::string UrlOf(const std::string& address, const std::string& name);

}  // namespace latchkey::api
