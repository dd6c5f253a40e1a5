#include "api/webhooks/receiver.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "api/http/limits.h"
#include "core/domain/state.h"
#include "core/http/receiver_url.h"

namespace latchkey::api {
namespace {

// A number of seconds; a date is not worth its parser, for our own pauses do as well.
std::chrono::seconds RetryAfterOf(const ClientResponse& answer) {
  const auto header = answer.headers.find("retry-after");
  if (header == answer.headers.end()) return {};
  std::uint32_t seconds = 0;
  const std::string& text = header->second;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failed != std::errc() || end != text.data() + text.size()) return {};
  return std::chrono::seconds(seconds);
}

std::string Describe(int status) {
  if (status >= 200 && status <= 299) return "";
  const std::string words = "The receiver answered " + std::to_string(status) + ".";
  return status >= 300 && status <= 399 ? words + " Redirects are not followed." : words;
}

}  // namespace

std::vector<crypto::Secret> SecretsOf(const domain::WebhookRow& row, const LedgerView& ledger) {
  std::vector<crypto::Secret> secrets;
  if (domain::IsSecretVoid(ledger.state(), row)) return secrets;
  std::optional<crypto::Secret> current = ledger.mint.DeriveOfWebhook(row.number(), row.secret());
  if (!current) return secrets;
  secrets.push_back(*std::move(current));
  if (!row.has_previous_secret() || ToMicros(ledger.ledger_time()) >= row.previous_until_us()) {
    return secrets;
  }
  if (auto previous = ledger.mint.DeriveOfWebhook(row.number(), row.previous_secret())) {
    secrets.push_back(*std::move(previous));
  }
  return secrets;
}

Receiver::Receiver(const LedgerView& ledger, const AddressRule& rule, Options options,
                   std::function<bool()> cancelled)
    : ledger_(ledger),
      rule_(rule),
      options_(std::move(options)),
      cancelled_(std::move(cancelled)) {}

// Returns why there is nobody to send to; empty when there is.
std::string Receiver::Connect(const domain::WebhookRow& row) {
  if (client_ != nullptr && made_of_ == row.sequence()) return "";
  client_.reset();
  const auto personal = ledger_.subjects.Open(row.personal());
  if (!personal) return "The URL can no longer be read. Give the webhook its URL again.";
  const auto url = ParseReceiverUrl(personal->url(), "/url");
  if (!url) return "The URL is not valid. Give the webhook another.";
  HttpClient::Options options{.url = url->origin,
                              .trust = {},
                              .certificate = {},
                              .key = {},
                              .timeout = options_.timeout,
                              .max_answer_bytes = limits::kReceiverAnswerBytes,
                              .discard_body = true,
                              .rule = &rule_,
                              .direct = true,
                              .cancelled = cancelled_};
  options.trust.besides = options_.ca_file;
  client_ = std::make_unique<HttpClient>(std::move(options));
  target_ = url->target;
  made_of_ = row.sequence();
  return "";
}

AttemptResult Receiver::Send(const domain::WebhookRow& row, const Notice& notice) {
  const std::vector<crypto::Secret> secrets = SecretsOf(row, ledger_);
  if (secrets.empty()) return {.detail = "The secret is void. Rotate it."};
  if (std::string problem = Connect(row); !problem.empty()) return {.detail = std::move(problem)};
  ClientRequest request{"POST", target_, notice.body,
                        SignatureHeaders(notice, ledger_.clock.Now(), secrets)};
  request.body_type = kCloudEventType;
  const Micros began = ledger_.clock.Steady();
  AttemptResult result = Attempt(request);
  result.took = ledger_.clock.Steady() - began;
  return result;
}

AttemptResult Receiver::Attempt(const ClientRequest& request) {
  const auto answer = client_->Send(request);
  if (!answer) return {.detail = answer.error().message};
  return {.status = answer->status,
          .detail = Describe(answer->status),
          .retry_after = RetryAfterOf(*answer)};
}

}  // namespace latchkey::api
