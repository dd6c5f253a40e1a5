// The console: the files that web/ is built into, inside this program, and how a browser gets them.
// Nothing here reads a disk: a path is a name in a table. Thread-safe: free functions over
// constants.
#pragma once

#include <span>
#include <string_view>

#include "api/http/message.h"
#include "api/http/target.h"

namespace latchkey::api {

struct ConsoleFile {
  std::string_view path;  // below the root, without a slash in front: "assets/index-4f2a91c0.js"
  std::string_view content_type;
  std::string_view etag;         // of `bytes`, with its quotes
  std::string_view brotli_etag;  // of `brotli`
  std::string_view bytes;
  std::string_view brotli;  // compressed (RFC 7932); empty when that is no smaller
};

// Those that were built in; none in a build without the console (LATCHKEY_CONSOLE).
std::span<const ConsoleFile> ConsoleFiles();

// Completes the response when `files` hold what is asked for: a file by its path, and index.html
// for every other path that a browser opens as a page, for there the console has its own routes.
// False for what is the API's to answer: /v1/…, methods that change something, and what nobody has.
bool AnswerFromConsole(std::span<const ConsoleFile> files, const HttpRequest& request,
                       const Target& target, Response* response);

}  // namespace latchkey::api
