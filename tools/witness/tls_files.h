// The certificate that a witness presents and its key, in files that are replaced when the
// certificate is renewed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "api/http/tls.h"
#include "core/base/error.h"

namespace latchkey::tools {

// One thread.
class TlsFiles {
 public:
  TlsFiles(std::filesystem::path certificate, std::filesystem::path key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}

  // Refuses files that cannot be read, and as MakeTlsContext does, such as a certificate and the
  // key of another.
  Result<api::TlsContext> Read();
  // Reads them if they have changed since they were last read. Null when they have not, or cannot
  // be used: they are read again when they change once more. `tell` is told what was read, in
  // words.
  api::TlsContext Renewed(const std::function<void(const std::string&)>& tell);

 private:
  using Time = std::filesystem::file_time_type;

  // Those of the last Read for a file that is just being replaced.
  std::pair<Time, Time> Times() const;

  std::filesystem::path certificate_;
  std::filesystem::path key_;
  std::pair<Time, Time> read_{};
};

}  // namespace latchkey::tools
