#include "tools/witness/tls_files.h"

#include <system_error>

#include "core/crypto/files.h"
#include "core/crypto/secret.h"

namespace latchkey::tools {

std::pair<TlsFiles::Time, TlsFiles::Time> TlsFiles::Times() const {
  std::error_code away;
  const Time certificate = std::filesystem::last_write_time(certificate_, away);
  if (away) return read_;
  const Time key = std::filesystem::last_write_time(key_, away);
  return away ? read_ : std::pair(certificate, key);
}

Result<api::TlsContext> TlsFiles::Read() {
  read_ = Times();  // before: what is written meanwhile is read next time
  const Result<std::string> certificate = crypto::ReadSmallFile(certificate_);
  if (!certificate) return certificate.error();
  Result<std::string> key = crypto::ReadSmallFile(key_);
  if (!key) return key.error();
  const crypto::WipeAtEnd wipe(&*key);
  return api::MakeTlsContext(*certificate, *key);
}

api::TlsContext TlsFiles::Renewed(const std::function<void(const std::string&)>& tell) {
  if (Times() == read_) return nullptr;
  auto context = Read();
  if (context) {
    tell("The certificate in " + certificate_.string() + " has changed: it is presented now.");
    return *std::move(context);
  }
  tell("The certificate in " + certificate_.string() +
       " has changed and cannot be used, so the one before is still presented: " +
       context.error().detail + ".");
  return nullptr;
}

}  // namespace latchkey::tools
