#include "tools/client/server_url.h"

#include <fmt/format.h>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace latchkey::tools {
namespace {

// What is wrong with it; null when it is the address of a server.
const char* WrongIn(const boost::urls::url_view& url) {
  if (!boost::iequals(std::string(url.scheme()), "https")) return "does not begin with https://";
  if (url.has_userinfo()) return "holds a user name or a password";
  const std::string host(url.encoded_host());
  if (host.empty()) return "names no host";
  if (host.find('%') != std::string::npos) return "names no host that could exist";
  if (url.has_port() && !url.port().empty() && url.port_number() == 0) return "names no such port";
  const std::string path(url.encoded_path());
  if (!path.empty() && path != "/") return "has a path";
  if (url.has_query()) return "has a query";
  if (url.has_fragment()) return "has a fragment";
  return nullptr;
}

}  // namespace

CliResult<std::string> ReadServerUrl(std::string_view text, const std::string& source) {
  const std::string given = boost::trim_copy_if(std::string(text), boost::is_any_of(" \t\r\n"));
  const auto url = boost::urls::parse_uri(given);
  const char* wrong = url ? WrongIn(*url) : "is not a URL";
  if (wrong != nullptr) {
    const bool secret = given.find('@') != std::string::npos;
    return Fail(ExitCode::kUsage, fmt::format("{}: {} {}. Give https://HOST[:PORT] and nothing "
                                              "else.",
                                              source, secret ? "it" : "'" + given + "'", wrong));
  }
  std::string server = "https://" + std::string(url->encoded_host());
  if (url->has_port() && !url->port().empty()) server += ":" + std::string(url->port());
  return server;
}

}  // namespace latchkey::tools
