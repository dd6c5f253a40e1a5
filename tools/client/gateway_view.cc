#include "tools/client/gateway_view.h"

#include <fmt/format.h>

#include "core/base/printable.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

constexpr CsvColumn kGatewayColumns[] = {
    {"account", "/account"},
    {"name", "/name"},
    {"id", "/id"},
    {"role", "/role"},
    {"primary", "/primary"},
    {"status", "/status"},
    {"registration", "/registration"},
    {"key_state", "/registration_key/state"},
    {"key_expires_at", "/registration_key/expires_at"},
    {"last_seen_at", "/last_seen_at"},
    {"version", "/version"},
    {"hostname", "/host/hostname"},
    {"certificate_expires_at", "/certificate/not_after"},
    {"created_at", "/created_at"},
    {"labels", "/labels", CsvColumn::Kind::kLabels},
    {"note", "/note"},
    {"restored", "/restored"},
    {"status_reason", "/status_reason"},
};
constexpr CsvColumn kAddedColumns[] = {
    {"account", "/account"}, {"name", "/name"}, {"id", "/id"},
    {"role", "/role"},       {"key", "/key"},   {"expires_at", "/registration_key/expires_at"},
};

// The key's generation and state: "2 active until 2026-…".
std::string KeyWords(const boost::json::value& gateway) {
  const boost::json::value& key = At(gateway, "/registration_key");
  if (key.is_null()) return "-";
  const std::string state = TextAt(key, "/state");
  std::string words = fmt::format("generation {} {}", NumberAt(key, "/generation"), state);
  if (state == "active") words += " until " + ShortTime(TextAt(key, "/expires_at"));
  if (state == "redeemed") {
    words += " " + ShortTime(TextAt(key, "/redeemed_at"));
    const std::string from = TextAt(key, "/redeemed_from");
    if (!from.empty()) words += " from " + from;
  }
  return words;
}

std::string HostWords(const boost::json::value& host) {
  std::string words;
  for (const char* member : {"/hostname", "/os", "/version"}) {
    const std::string part = TextAt(host, member);
    if (part.empty()) continue;
    words += words.empty() ? part : ", " + part;
  }
  return words.empty() ? "-" : words;
}

std::string SeenWords(const boost::json::value& gateway) {
  const std::string at = TextAt(gateway, "/last_seen_at");
  if (at.empty()) return "-";
  const std::string from = TextAt(gateway, "/last_seen_from");
  return ShortTime(at) + (from.empty() ? "" : " from " + from);
}

std::string PendingWords(const boost::json::value& pending) {
  if (pending.is_null()) return "-";
  return fmt::format("since {}, to be confirmed by {}", ShortTime(TextAt(pending, "/since")),
                     ShortTime(TextAt(pending, "/confirm_by")));
}

std::string CertificateWords(const boost::json::value& certificate) {
  if (certificate.is_null()) return "-";
  return fmt::format("sha256:{}, until {}", TextAt(certificate, "/sha256"),
                     ShortTime(TextAt(certificate, "/not_after")));
}

std::string FailureWords(const boost::json::value& failure) {
  if (failure.is_null()) return "-";
  const std::string detail = TextAt(failure, "/detail");
  return fmt::format("{} at {}{}{}", TextAt(failure, "/reason"), ShortTime(TextAt(failure, "/at")),
                     detail.empty() ? "" : ": ", detail);
}

// What is more to know than that it is silent.
std::string RedWords(const boost::json::value& gateway) {
  const std::string reason = TextAt(gateway, "/status_reason");
  if (reason == "certificate_expired") return ": its certificate has expired";
  if (reason == "flapping") return ": it connects and disconnects too often";
  return "";
}

std::string OrDash(std::string text) { return text.empty() ? "-" : text; }

// "site:Lyon, tier:1", as people type them.
std::string LabelWords(const boost::json::value& gateway) {
  std::string words;
  if (const auto* labels = At(gateway, "/labels").if_object()) {
    for (const auto& [key, value] : *labels) {
      words += fmt::format("{}{}:{}", words.empty() ? "" : ", ", text::Printable(key),
                           TextAt(value, ""));
    }
  }
  return words;
}

std::vector<Cell> RowOf(const boost::json::value& gateway) {
  return {Dot(TextAt(gateway, "/status")),
          TextAt(gateway, "/account"),
          TextAt(gateway, "/name"),
          TextAt(gateway, "/id"),
          TextAt(gateway, "/role"),
          TextAt(gateway, "/registration"),
          OrDash(TextAt(gateway, "/registration_key/state")),
          ShortTime(TextAt(gateway, "/last_seen_at")),
          LabelWords(gateway)};
}

std::vector<Cell> AddedRowOf(const boost::json::value& gateway) {
  return {TextAt(gateway, "/name"), TextAt(gateway, "/id"), TextAt(gateway, "/role"),
          OrDash(RawTextAt(gateway, "/key")),
          ShortTime(TextAt(gateway, "/registration_key/expires_at"))};
}

}  // namespace

Listing::Form GatewaysForm() {
  return {"gateways",
          kGatewayColumns,
          {"STATUS",
           "ACCOUNT",
           {"NAME", true},
           "ID",
           "ROLE",
           "REGISTRATION",
           "KEY",
           "LAST SEEN",
           {"LABELS", true}},
          &RowOf,
          "No gateway to show. Add one: latchkey gateway add ACCOUNT NAME\n"};
}

Listing::Form AddedForm() {
  return {"gateways",
          kAddedColumns,
          {{"NAME", true}, "ID", "ROLE", "KEY", "VALID UNTIL"},
          &AddedRowOf,
          ""};
}

std::string LossWords(const boost::json::value& gateway) {
  std::string words;
  if (!At(gateway, "/certificate").is_null()) words += " Its certificate stops working.";
  if (!At(gateway, "/pending").is_null()) words += " Its pending registration is given up.";
  if (TextAt(gateway, "/registration_key/state") == "active") {
    words += fmt::format(" Its key of generation {} stops working.",
                         NumberAt(gateway, "/registration_key/generation"));
  }
  return words;
}

void PrintGateway(const boost::json::value& gateway, std::ostream& out, bool colours) {
  const auto line = [&](const char* name, const Cell& value) {
    out << Paint({fmt::format("{:<14}", name), Colour::kGray}, colours) << Paint(value, colours)
        << '\n';
  };
  const std::string primary = TextAt(gateway, "/primary");
  const std::string connection = TextAt(gateway, "/connection");
  const bool restored = At(gateway, "/restored") == boost::json::value(true);
  line("gateway", TextAt(gateway, "/account") + "/" + TextAt(gateway, "/name"));
  line("id", TextAt(gateway, "/id"));
  line("status", Dot(TextAt(gateway, "/status")));
  line("role", TextAt(gateway, "/role") + (primary.empty() ? "" : " to " + primary));
  line("registration", TextAt(gateway, "/registration") +
                           (connection.empty() ? "" : ", " + connection) + RedWords(gateway) +
                           (restored ? ", to be accepted after the restore" : ""));
  line("last seen", SeenWords(gateway));
  line("version", OrDash(TextAt(gateway, "/version")));
  line("host", HostWords(At(gateway, "/host")));
  line("key", KeyWords(gateway));
  line("pending", PendingWords(At(gateway, "/pending")));
  line("certificate", CertificateWords(At(gateway, "/certificate")));
  line("last failure", FailureWords(At(gateway, "/last_failure")));
  line("labels", OrDash(LabelWords(gateway)));
  line("note", OrDash(TextAt(gateway, "/note")));
  line("created", ShortTime(TextAt(gateway, "/created_at")));
  line("sequence", std::to_string(NumberAt(gateway, "/sequence")));
}

}  // namespace latchkey::tools
