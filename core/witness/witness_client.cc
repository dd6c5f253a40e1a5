#include "core/witness/witness_client.h"

#include <utility>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/crypto/hash.h"
#include "core/log/checkpointer.h"
#include "core/log/proof.h"

namespace latchkey::witness {
namespace {

constexpr std::chrono::seconds kExchangeTime{5};
constexpr std::size_t kMaxAnswerBytes = log::kMaxNoteBytes;
constexpr std::string_view kSizeType = "text/x.tlog.size";
// The first may name another size, which the second proves from.
constexpr int kAttempts = 3;

// The end of the year 9999: a later time is none that can be shown.
constexpr std::uint64_t kLatestSeconds = 253'402'300'799;

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kUnprocessable = 422;

Error NoWitness(const std::string& why) {
  return Refuse(ErrorCode::kValidationFailed, "a witness is given as VKEY@URL: " + why);
}

HttpClient::Options ClientOptions(const WitnessAddress& address, const std::string& ca_file,
                                  std::function<bool()> cancelled) {
  HttpClient::Options options;
  options.url = address.url;
  options.trust.besides = ca_file;
  options.timeout = kExchangeTime;
  options.max_answer_bytes = kMaxAnswerBytes;
  options.plain_to_loopback = true;
  options.cancelled = std::move(cancelled);
  return options;
}

// The size in the body of a 409.
std::optional<std::uint64_t> SizeIn(const ClientResponse& response) {
  const auto type = response.headers.find("content-type");
  if (type == response.headers.end() || !type->second.starts_with(kSizeType)) return std::nullopt;
  std::string_view text = response.body;
  if (text.ends_with('\n')) text.remove_suffix(1);
  return log::ParseTreeSize(text);
}

std::string RequestBody(std::uint64_t old_size, const log::Proof& proof, std::string_view note) {
  std::string body = "old " + std::to_string(old_size) + "\n";
  for (const std::string& hash : proof) body += text::ToBase64(hash) + "\n";
  return body.append("\n").append(note);
}

}  // namespace

Result<WitnessAddress> ParseWitness(std::string_view text) {
  auto at = text.find("@https://");
  if (at == std::string_view::npos) at = text.find("@http://");
  if (at == std::string_view::npos) return NoWitness("its URL begins with https://");
  Result<log::NoteKey> key = log::ParseCosignerKey(text.substr(0, at));
  if (!key) return NoWitness(key.error().detail);
  WitnessAddress address{*std::move(key), std::string(text.substr(at + 1))};
  if (address.url.find_first_of("?#@ ") != std::string::npos) {
    return NoWitness("its URL has no name, query or fragment");
  }
  if (!IsClientUrl(address.url)) {
    return NoWitness("its URL is https://HOST[:PORT][/PATH]; http:// only for a loopback address");
  }
  return address;
}

WitnessClient::WitnessClient(WitnessAddress address, log::NoteKey log_key, const log::Log& log,
                             const std::string& ca_file, std::function<bool()> cancelled)
    : address_(std::move(address)),
      log_key_(std::move(log_key)),
      log_(log),
      http_(ClientOptions(address_, ca_file, std::move(cancelled))) {}

Result<ClientResponse> WitnessClient::Ask(const ClientRequest& request) {
  auto answer = http_.Send(request);
  if (!answer) return Refuse(ErrorCode::kIo, answer.error().message);
  return *std::move(answer);
}

Result<std::optional<log::Sighting>> WitnessClient::Seen() {
  const std::string target = "/" + text::ToHex(crypto::Sha256(log_key_.name)) + "/checkpoint";
  const Result<ClientResponse> answer = Ask({"GET", target});
  if (!answer) return answer.error();
  if (answer->status == kNotFound) return std::optional<log::Sighting>();
  if (answer->status != kOk) {
    return Refuse(ErrorCode::kUnusable,
                  address_.url + " answers " + std::to_string(answer->status) + ".");
  }
  // Only what the log has signed counts: a witness that shows anything cannot stop it alone.
  Result<log::Head> head = log::OpenCheckpoint(answer->body, log_key_);
  if (!head) return Refuse(ErrorCode::kUnusable, address_.url + ": " + head.error().detail);
  return std::optional<log::Sighting>(
      {*std::move(head), "the witness " + name(), std::string(log::kNewestFile)});
}

Status WitnessClient::CheckSeen(std::uint64_t said) {
  const Result<std::optional<log::Sighting>> seen = Seen();
  if (!seen) return seen.error().code == ErrorCode::kUnusable ? Status() : Status(seen.error());
  if (*seen) {
    known_ = (*seen)->head.size;
    return log::CheckExtends(log_, **seen);
  }
  if (said == 0) return {};
  // Without a root, which is that of no log: it is another history, or longer than this one.
  return log::CheckExtends(
      log_,
      {{said, ""}, "the witness " + name() + " (by its word)", std::string(log::kNewestFile)});
}

Result<log::Cosignature> WitnessClient::Cosign(const log::Head& head, std::string_view note) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Result<log::Proof> proof = log::ProveConsistency(log_, known_, head.size);
    // A damaged block says nothing about another history.
    if (!proof) return Refuse(ErrorCode::kIo, proof.error().detail);
    ClientRequest request{"POST", "/add-checkpoint", RequestBody(known_, *proof, note)};
    request.body_type = "text/plain; charset=utf-8";
    const Result<ClientResponse> answer = Ask(request);
    if (!answer) return answer.error();
    if (answer->status == kOk) {
      auto cosignature = log::FindCosignature(std::string(note) + answer->body, address_.key);
      if (!cosignature) return Refuse(ErrorCode::kIo, cosignature.error().detail);
      if (!*cosignature) {
        return Refuse(ErrorCode::kIo, address_.url + " answers without its own cosignature.");
      }
      if ((*cosignature)->seconds > kLatestSeconds) {
        return Refuse(ErrorCode::kIo, address_.url + " cosigns at a time beyond the year 9999.");
      }
      known_ = head.size;
      return **std::move(cosignature);
    }
    if (answer->status == kUnprocessable) {
      if (Status extends = CheckSeen(known_); !extends) return extends.error();
    }
    const auto size = answer->status == kConflict ? SizeIn(*answer) : std::nullopt;
    if (size && *size > head.size) {
      // It may also be that another process serves this ledger's copy.
      const std::uint64_t lost = *size > log_.size() ? *size : 0;
      if (Status extends = CheckSeen(lost); !extends) return extends.error();
    }
    if (!size || *size > head.size) {
      return Refuse(ErrorCode::kIo, address_.url + " refuses to cosign: it answers " +
                                        std::to_string(answer->status) + ".");
    }
    known_ = *size;
  }
  return Refuse(ErrorCode::kIo, address_.url + " names another size each time.");
}

}  // namespace latchkey::witness
