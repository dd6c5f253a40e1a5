#include "api/console.h"

#include <algorithm>
#include <string>

#include "api/http/field_list.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kApi = "v1";
// Files whose names change with their content: what was fetched once is good for ever.
constexpr std::string_view kHashed = "assets";
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
// May be kept, and is asked for again each time: If-None-Match makes that cheap.
constexpr std::string_view kAskAgain = "no-cache";

// Whether a list such as Accept names `wanted` and does not refuse it with a weight of zero.
bool Accepts(std::string_view list, std::string_view wanted) {
  return AnyOf(list, [&](std::string_view element) {
    const std::size_t semicolon = element.find(';');
    if (Trim(element.substr(0, semicolon)) != wanted) return false;
    if (semicolon == std::string_view::npos) return true;
    const std::string_view weight = Trim(element.substr(semicolon + 1));
    return !weight.starts_with("q=0") || weight.find_first_of("123456789") != weight.npos;
  });
}

std::string PathOf(const Target& target) {
  std::string path;
  const std::size_t kept = std::min(target.segment_count(), limits::kMaxPathSegments);
  for (std::size_t i = 0; i < kept; ++i) {
    if (i != 0) path += '/';
    path += target.segment(i);
  }
  return path;
}

const ConsoleFile* Find(std::span<const ConsoleFile> files, std::string_view path) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const ConsoleFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

void Answer(const ConsoleFile& file, const HttpRequest& request, Response* response) {
  const bool brotli = !file.brotli.empty() && Accepts(request.accept_encoding, "br");
  response->Begin(Success::kOk, file.content_type);
  response->page = true;
  response->cache_control =
      file.path.substr(0, file.path.find('/')) == kHashed ? kForEver : kAskAgain;
  response->etag = brotli ? file.brotli_etag : file.etag;
  if (NamesTag(request.if_none_match, response->etag)) {
    response->status = static_cast<int>(Success::kNotModified);
    return;
  }
  if (brotli) response->content_encoding = "br";
  response->fixed_body = brotli ? file.brotli : file.bytes;
}

}  // namespace

bool AnswerFromConsole(std::span<const ConsoleFile> files, const HttpRequest& request,
                       const Target& target, Response* response) {
  if (request.method != Method::kGet && request.method != Method::kHead) return false;
  if (target.segment(0) == kApi) return false;
  const std::string path = PathOf(target);
  const ConsoleFile* file = Find(files, path);
  if (file == nullptr && target.segment(0) != kHashed &&
      (path.empty() || Accepts(request.accept, "text/html"))) {
    file = Find(files, kIndex);
  }
  if (file == nullptr) return false;
  Answer(*file, request, response);
  return true;
}

}  // namespace latchkey::api
