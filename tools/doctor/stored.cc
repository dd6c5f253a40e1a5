#include "tools/doctor/stored.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/files.h"
#include "core/log/checkpoint.h"
#include "core/rocks/rocks.h"
#include "core/rocks/small_file.h"
#include "events/codec.h"
#include "tools/doctor/machine.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/secret_files.h"
#include "tools/ledger/secrets.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kWarnBeforeCa{90 * 24};
constexpr const char* kFromBackup = "Restore it from a backup.";

bool IsMasterKey(std::string_view file) { return ParseMasterKey(file).has_value(); }

bool IsCheckpointKey(std::string_view file) { return bool(crypto::Ed25519Signer::Load(file)); }

// One secret, which must be there, private and what it should be.
Finding CheckSecret(const SecretFiles& files, std::string_view name, const std::string& check,
                    bool (*is_sound)(std::string_view), const std::string& if_missing) {
  const auto found = files.Read(name);
  if (!found) return {check, Health::kFail, found.error().detail};
  if (!*found) {
    return {check, Health::kFail, fmt::format("The secret {} is missing. {}", name, if_missing)};
  }
  if (!is_sound((*found)->view())) {
    return {check, Health::kFail, fmt::format("The secret {} is damaged. {}", name, kFromBackup)};
  }
  return {check, Health::kOk, "Present, and closed to others."};
}

// The CA's certificate and key, from the files it is given in or from the secrets.
Result<crypto::CertificateAuthority::Material> ReadCa(const SecretFiles& files,
                                                      const CaFiles& given) {
  if (!given.certificate.empty()) return ReadGivenCa(given.certificate, given.key);
  crypto::CertificateAuthority::Material ca;
  for (const std::string_view name : {kCaKeyFile, kCaCertificateFile}) {
    auto found = files.Read(name);
    if (!found) return found.error();
    if (!*found) {
      return Refuse(ErrorCode::kUnusable,
                    fmt::format("The secret {} is missing. Restore it from a backup; for a ledger "
                                "that is served with --ca-cert, give doctor the same.",
                                name));
    }
    if (name == kCaKeyFile) {
      ca.key_pem = **std::move(found);
    } else {
      ca.certificate_pem = std::string((*found)->view());
    }
  }
  return ca;
}

Finding CheckCa(const SecretFiles& files, const CaFiles& given, Time now) {
  const auto ca =
      ReadCa(files, given).and_then([](const crypto::CertificateAuthority::Material& material) {
        return crypto::CertificateAuthority::Load(material);
      });
  if (!ca) return {"CA", Health::kFail, ca.error().detail};
  return CheckEnd("CA", (*ca)->not_after(), now, kWarnBeforeCa,
                  "All that it signed ends with it. Stop the server and run latchkey rotate ca.");
}

Finding CheckHead(const fs::path& data, const rocks::Resources& resources) {
  const auto head = log::HeadFile::Read(HeadPath(data), resources.env);
  if (!head) return {"head", Health::kFail, head.error().detail + ". " + kFromBackup};
  if (!*head) return {"head", Health::kFail, std::string("The file is missing. ") + kFromBackup};
  return {"head", Health::kOk, fmt::format("Shows {} events.", (*head)->head.size)};
}

Finding CheckCheckpoint(const fs::path& data, const rocks::Resources& resources) {
  const auto note = rocks::ReadSmallFile(CheckpointPath(data), resources.env);
  if (!note) return {"checkpoint", Health::kFail, note.error().detail + ". " + kFromBackup};
  if (!*note) {
    return {"checkpoint", Health::kFail, std::string("The file is missing. ") + kFromBackup};
  }
  const auto checkpoint = log::ParseCheckpoint(**note);
  if (!checkpoint) {
    return {"checkpoint", Health::kFail,
            "The file is damaged: " + checkpoint.error().detail + ". " + kFromBackup};
  }
  return {"checkpoint", Health::kOk, fmt::format("Covers {} events.", checkpoint->head.size)};
}

// Events are never earlier than those before them, so the newest one shows where the clock was.
Finding CheckClock(const log::Log& log, Time now) {
  const auto newest = log.Read(log.size() - 1).and_then(events::Decode);
  if (!newest) return {"clock", Health::kFail, newest.error().detail + "."};
  const auto ahead = std::chrono::ceil<std::chrono::seconds>(FromMicros(newest->time_us()) - now);
  if (ahead <= std::chrono::seconds(0)) {
    return {"clock", Health::kOk, "Not behind the newest event."};
  }
  return {"clock", ahead > ledger_limits::kMaxClockStep ? Health::kFail : Health::kWarn,
          fmt::format("{} s behind the newest event. Set it right; if it is right, run latchkey "
                      "accept-time, or start with --accept-time.",
                      ahead.count())};
}

Findings CheckSecrets(const fs::path& data, const fs::path& credentials, const CaFiles& given,
                      Time now) {
  const SecretFiles files(data / "secrets", credentials);
  return {CheckSecret(files, kMasterKeyFile, "master key", IsMasterKey,
                      "Restore it from a backup, or start once with --new-master-key: then keys "
                      "issued so far cannot be shown again."),
          CheckSecret(files, kCheckpointKeyFile, "checkpoint key", IsCheckpointKey, kFromBackup),
          CheckCa(files, given, now)};
}

Findings CheckLedger(const Result<CheckedLog>& checked, Time now) {
  if (!checked) return {{"ledger", Health::kFail, checked.error().detail + "."}};
  const log::Log& log = *checked->log;
  if (log.size() == 0) {
    return {{"ledger", Health::kFail, "It is empty: start it with latchkey serve."}};
  }
  return {{"ledger", Health::kOk,
           fmt::format("{}: {} events.", checked->log->is_copy() ? "A readable copy" : "Readable",
                       log.size())},
          CheckClock(log, now)};
}

}  // namespace

Findings CheckStored(const fs::path& data, const fs::path& credentials, const CaFiles& given,
                     Time now) {
  const rocks::Resources resources = rocks::Resources::Create();
  const auto checked = OpenCheckedLog(data, resources, {.mode = log::RocksLog::Mode::kReadOnly});
  const bool copy = checked && checked->log->is_copy();
  Findings findings = copy ? Findings() : CheckSecrets(data, credentials, given, now);
  findings.push_back(CheckHead(data, resources));
  if (!copy) findings.push_back(CheckCheckpoint(data, resources));
  for (Finding& finding : CheckLedger(checked, now)) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace latchkey::tools
