#include "tools/serve/composition.h"

#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include <rocksdb/env.h>

#include "api/auth/people.h"
#include "api/bound_port.h"
#include "api/http/address.h"
#include "api/log.h"
#include "api/server.h"
#include "core/base/base32.h"
#include "core/base/hex.h"
#include "core/base/time_text.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "core/domain/judge.h"
#include "core/domain/operator_token.h"
#include "core/log/recovery_record.h"
#include "projections/presence.h"
#include "projections/restored_count.h"
#include "tools/ledger/ca_history.h"
#include "tools/ledger/run_directory.h"
#include "tools/serve/accept_time.h"
#include "tools/serve/checkpoint_watch.h"
#include "tools/serve/gateway_trust.h"
#include "tools/serve/kept_sessions.h"
#include "tools/serve/server_identity.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kMaxSweptPerTick = 1'000;
constexpr std::size_t kMaxAwaitingPerTick = 20'000;  // gateways that may await acceptance
constexpr Micros kRetireEvery = 1h;                  // earlier master keys
constexpr Micros kReopenEvery = 10s;  // presence or sealing keys, when their disk has failed
constexpr std::chrono::seconds kAcceptWithin = 5s;  // the sequencer looks ten times a second
constexpr Micros kWarnBefore = 90 * 24h;            // the CA expires

// A gateway counts as connected for 2.5 intervals after its last check-in (docs/design.md §2).
Micros Grace(std::chrono::seconds check_in) { return Micros(check_in) * 5 / 2; }

}  // namespace

struct Service::Impl {
  explicit Impl(ServiceOptions given) : options(std::move(given)) {}

  // All certificates of an expired CA have expired too, including our own: nobody could connect or
  // redeem a key. Better no service than one that fails for each client separately.
  Status CheckCa() const {
    if (ledger->sequencer().LedgerTime() < ledger->ca().not_after()) return {};
    return Refuse(ErrorCode::kUnusable,
                  "The CA of this ledger expired on " + CaEnd() +
                      ", and with it every certificate that it signed. Put another in its place "
                      "with latchkey rotate ca, then start again.");
  }

  std::string CaEnd() const { return text::TimeWords(ToMicros(ledger->ca().not_after())); }

  Status Start() {
    RemoveRunDirectory(options.ledger.data);  // of a process that was killed
    return OpenPresence()
        .and_then([&] { return TrustGateways(); })
        .and_then([&] { return StartServer(); })
        .and_then([&] { return WriteRunFiles(); })
        .map([&] {
          if (options.housekeeping > 0ms) {
            keeper = std::thread([this] { Keep(); });
          } else {
            WatchConnected();
          }
        });
  }

  bool read_only() const { return options.ledger.read_only; }

  Status BindPorts() {
    for (auto [port, address] : {std::pair(&management_port, &options.management),
                                 std::pair(&gateways_port, &options.gateways)}) {
      if (read_only() && port == &gateways_port) continue;
      auto bound = api::BoundPort::Bind(*address);
      if (!bound) return bound.error();
      port->emplace(*std::move(bound));
    }
    return {};
  }

  // The ports come first: a start that cannot have them must not leave a new ledger behind. A
  // ledger that is served already is a better reason than the port it is served at.
  Status BindAndOpen() {
    const Status bound = BindPorts();
    if (!bound && !std::filesystem::exists(options.ledger.data / "ledger")) return bound.error();
    if (Status opened = OpenLedger(); !opened) return opened.error();
    return bound;
  }

  Status OpenLedger() {
    auto opened = Ledger::Open(options.ledger);
    if (!opened) return opened.error();
    ledger = *std::move(opened);
    return {};
  }

  // Of a read-only ledger it is kept in memory: nobody checks in, and the use of its token is
  // forgotten with the process.
  Status OpenPresence() {
    rocks::Resources resources = ledger->resources();
    if (read_only()) {
      in_memory.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
      resources.env = in_memory.get();
    }
    auto opened = projections::Presence::Open(options.ledger.data / "presence", resources,
                                              Grace(options.check_in), ledger->clock().Now());
    if (!opened) return opened.error();
    presence = *std::move(opened);
    if (!read_only()) {
      checkpoints.emplace(*ledger, *presence,
                          [this](auto level, std::string_view event, std::string_view detail) {
                            Say(level, event, detail);
                          });
    }
    return {};
  }

  // What needs a ledger that can be written.
  Status TrustGateways() {
    if (read_only()) return {};
    trust = std::make_unique<GatewayTrust>(
        *ledger, options.trust_domain, options.tls_certificate.empty(),
        [this](auto level, std::string_view event, std::string_view detail) {
          Say(level, event, detail);
        });
    return trust->NameDomain();
  }

  Result<crypto::CertificateAuthority::Material> ServerCertificate() {
    auto material = identity->Get();
    if (material && trust && identity->is_new()) trust->Keep(*material);
    return material;
  }

  Status StartServer() {
    std::vector<std::string> addresses{options.management};
    if (!read_only()) addresses.push_back(options.gateways);
    identity = std::make_unique<ServerIdentity>(
        ServerIdentity::Files{options.tls_certificate, options.tls_key},
        ServerNames(addresses, options.names), ledger->ca(),
        read_only() ? "" : BridgePem(ledger->row()), ledger->clock(), ledger->random(),
        trust ? trust->kept() : std::nullopt);
    auto material = ServerCertificate();
    if (!material) return material.error();
    server_certificate = material->certificate_pem;
    sessions =
        OpenSessions(options.ledger, *ledger, [this](bool trouble, auto event, auto& detail) {
          Say(trouble ? spdlog::level::err : spdlog::level::info, event, detail);
        });
    parts = std::make_unique<api::Parts>(api::Parts{
        ledger->log(), ledger->sequencer(), ledger->projections(), *presence, ledger->subjects(),
        ledger->mint(), ledger->ca(), ledger->clock(), ledger->random(), *sessions,
        text::ToBase32(ledger->row().epoch(), text::kBase32Lower), options.check_in,
        options.ledger.confirm_window, options.certificate_lifetime, FormerCasPem(ledger->row())});
    parts->checkpoints = ledger->checkpointer();
    parts->checkpoint = [this] { return ledger->published(); };
    parts->checkpoint_copy = !options.ledger.checkpoint_copy.empty();
    if (const witness::Witnesses* witnesses = ledger->witnesses()) {
      parts->witnesses = [witnesses] { return witnesses->states(); };
    }
    if (read_only()) parts->only_token = MakeOnlyToken();
    parts->recovery = [this] { return ReadRecovery(); };
    restored.CountOn(ledger->projections(), std::numeric_limits<std::size_t>::max());
    parts->restored = &restored;
    if (trust) trust->Show(*presence, parts.get());
    if (options.identity) StartProvider();
    auto started = api::Server::Start(*parts, {*std::move(management_port),
                                               std::move(gateways_port),
                                               material->certificate_pem,
                                               std::string(material->key_pem.view()),
                                               GatewaysName(),
                                               options.threads,
                                               options.logger,
                                               {},
                                               options.throttle,
                                               WebhookStarter()});
    if (!started) return started.error();
    server = *std::move(started);
    return {};
  }

  // A read-only ledger sends nothing: what it would send, the ledger itself has sent.
  std::function<Result<std::unique_ptr<api::Webhooks>>(const api::LedgerView&)> WebhookStarter() {
    if (read_only()) return {};
    return [this](const api::LedgerView& view) {
      return api::Webhooks::Start(options.ledger.data / "webhooks", ledger->resources(), view,
                                  ledger->sequencer().head_watch(), ledger->random(),
                                  options.webhooks,
                                  [this](std::string_view event, const std::string& detail) {
                                    Say(spdlog::level::warn, event, detail);
                                  });
    };
  }

  // No token of the ledger has its number.
  domain::TokenRow MakeOnlyToken() {
    only_token.emplace(domain::NewOperatorToken(ledger->random()));
    domain::TokenRow row;
    row.set_role(std::string(domain::RoleName(domain::TokenRole::kOwner)));
    row.set_created_us(ToMicros(ledger->clock().Now()));
    row.set_rotated_sha256(crypto::Sha256(only_token->view()));
    return row;
  }

  // A damaged record is told once. Thread-safe.
  log::RecoveryRecord ReadRecovery() {
    auto record = log::ReadRecoveryRecord(options.ledger.data, ledger->resources().env);
    const bool damaged = !record;
    if (recovery_damaged.exchange(damaged) != damaged && damaged) {
      Say(spdlog::level::warn, "recovery_record_ignored", record.error().detail);
    }
    return std::move(record).value_or(log::RecoveryRecord());
  }

  void StartProvider() {
    latchkey::identity::Provider::Options settings;
    settings.on_problem = [logger = options.logger](const std::string& problem) {
      api::LogEvent(logger, spdlog::level::warn, "provider_problem", problem);
    };
    provider = std::make_unique<latchkey::identity::Provider>(*options.identity, ledger->clock(),
                                                              std::move(settings));
    people = std::make_unique<api::People>(*provider, ledger->subjects(), ledger->random());
    parts->provider = options.identity->name;
    parts->people = people.get();
  }

  std::string GatewaysName() const { return options.names.empty() ? "" : options.names.front(); }
  std::string ManagementUrl() const { return api::UrlOf(server->management_address(), ""); }
  std::string GatewaysUrl() const {
    return read_only() ? "" : api::UrlOf(server->gateways_address(), GatewaysName());
  }

  // Of the CA by which clients verify the server; empty when it is the one in force.
  std::string FormerServerCaPem() const {
    const std::string former = trust ? trust->server_ca() : "";
    return former.empty() ? "" : crypto::DerToPem(former);
  }

  Status WriteRunFiles() const {
    return WriteRunDirectory(options.ledger.data,
                             {ManagementUrl(), GatewaysUrl(), server_certificate,
                              FormerServerCaPem() + ledger->ca().certificate_pem()},
                             only_token ? only_token->view() : "");
  }

  Result<crypto::Secret> SignInLink() {
    if (parts->only_token) return LinkFor(*parts->only_token);
    const auto file = options.ledger.data / "secrets" / std::string(kOwnerTokenFile);
    Result<std::string> token = crypto::ReadSmallFile(file);
    if (!token) return token.error();
    const crypto::WipeAtEnd wipe(&*token);
    while (token->ends_with('\n')) token->pop_back();
    const auto row = domain::ReadTokenByHash(ledger->projections().state(), crypto::Sha256(*token));
    if (!row || !domain::IsValid(*row, ledger->sequencer().LedgerTime())) {
      return Refuse(ErrorCode::kUnauthenticated,
                    "The token in " + file.string() + " is no longer valid.");
    }
    return LinkFor(*row);
  }

  crypto::Secret LinkFor(const domain::TokenRow& token) {
    const crypto::Secret code = sessions->Offer(api::OperatorOf(token));
    return crypto::Secret(ManagementUrl() + "/sign-in#code=" + std::string(code.view()));
  }

  void Keep() {
    WatchConnected();
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, options.housekeeping, [&] { return stopping; })) {
      lock.unlock();
      Tick();
      lock.lock();
    }
  }

  void Tick() {
    ReopenSubjects();
    if (checkpoints) checkpoints->Look();
    AcceptTime();
    WatchWriting();
    SweepPresence();
    sessions->Tick();
    restored.CountOn(ledger->projections(), kMaxAwaitingPerTick);
    if (trust) trust->Tick(*presence);
    if (server->webhooks() != nullptr) server->webhooks()->Refresh();
    RenewCertificate();
    RetireMasterKeys();
    WarnOfCa();
  }

  // If the owner of the directory has asked for it.
  void AcceptTime() {
    const std::vector<std::string> asked = TakeTimeRequests(options.ledger.data);
    if (asked.empty()) return;
    auto accepting = ledger->sequencer().AcceptTime();
    if (accepting.wait_for(kAcceptWithin) != std::future_status::ready) {
      return Say(spdlog::level::err, "time_not_accepted", "The writer is held up by its disk.");
    }
    const AcceptedTime accepted = accepting.get();
    // Nobody could check in while the clock was not accepted, and recorded times may be in the
    // future.
    presence->Restart(accepted.now);
    const std::string words = Describe(accepted);
    Say(spdlog::level::warn, "time_accepted", words);
    for (const std::string& id : asked) {
      const Status answered = AnswerTimeRequest(options.ledger.data, id, words);
      if (!answered) Say(spdlog::level::err, "answer_not_written", answered.error().detail);
    }
  }

  // Logs one line when writes begin to be refused, with what to do, and one when that ends.
  void WatchWriting() {
    if (read_only()) return;
    const std::optional<Error> problem = ledger->sequencer().WriteProblem();
    if (problem.has_value() == was_read_only) return;
    was_read_only = problem.has_value();
    if (problem) {
      Say(spdlog::level::err, "read_only", problem->detail);
    } else {
      Say(spdlog::level::info, "writable", "");
    }
  }

  // Every gateway that is connected by the ledger gets a full grace from now on, also if its
  // check-ins were lost in a power failure.
  void WatchConnected() {
    ledger->projections().Scan(domain::Connected(), [&](std::string_view key, std::string_view) {
      presence->Watch(domain::TrailingNumber(key));
      const std::lock_guard lock(mutex);
      return !stopping;
    });
  }

  void SweepPresence() {
    if (presence->failed() && !ReopenPresence()) return;
    // No gateway could be disconnected anyway, and the clock may be wrong.
    if (ledger->sequencer().WriteProblem()) return;
    presence->Sweep(
        ledger->clock().Now(), kMaxSweptPerTick, [&](std::uint64_t gateway, Time last_seen) {
          const auto row = domain::ReadGateway(ledger->projections().state(), gateway);
          if (!row || !row->connected()) return false;
          // If this is refused, a later sweep tries again.
          (void)ledger->sequencer().Submit(
              {domain::DisconnectGateway{gateway, last_seen}, {}, "", std::nullopt, std::nullopt},
              [](const latchkey::Outcome&) {});
          return true;
        });
  }

  // After a failed write RocksDB refuses all later ones. After reopening, synced keys are there and
  // sealing works again.
  void ReopenSubjects() {
    Subjects& subjects = ledger->subjects();
    const Micros now = ledger->clock().Steady();
    if (!subjects.failed() || now < reopen_subjects_at) return;
    reopen_subjects_at = now + kReopenEvery;
    const Status opened = subjects.Reopen();
    Say(spdlog::level::err, opened ? "sealing_keys_reopened" : "sealing_keys_not_written",
        opened ? "The disk refused a sealing key. The store is open again."
               : opened.error().detail);
  }

  bool ReopenPresence() {
    const Micros now = ledger->clock().Steady();
    if (now < reopen_at) return false;
    reopen_at = now + kReopenEvery;
    const Status opened = presence->Reopen(ledger->clock().Now());
    Say(opened ? spdlog::level::info : spdlog::level::err,
        opened ? "presence_reopened" : "presence_not_recorded",
        opened ? "" : opened.error().detail);
    if (opened) WatchConnected();
    return bool(opened);
  }

  void Say(spdlog::level::level_enum level, std::string_view event, std::string_view detail) const {
    if (options.logger != nullptr) api::LogEvent(options.logger, level, event, detail);
  }

  void RenewCertificate() {
    if (!identity->Due()) return;
    const auto material = ServerCertificate();
    Status used = material
                      ? server->UseCertificate(material->certificate_pem, material->key_pem.view())
                      : Status(material.error());
    if (used) used = WriteRunCertificate(options.ledger.data, material->certificate_pem);
    Say(used ? spdlog::level::info : spdlog::level::err,
        used ? "server_certificate_renewed" : "server_certificate_not_renewed",
        used ? "" : used.error().detail);
  }

  void RetireMasterKeys() {
    const Micros now = ledger->clock().Steady();
    if (now < retire_at) return;
    retire_at = now + kRetireEvery;
    const auto retired = ledger->RetireMasterKeys();
    if (!retired) {
      return Say(spdlog::level::err, "master_key_not_retired", retired.error().detail);
    }
    for (const std::string& words : *retired) {
      Say(spdlog::level::info, "master_key_retired", words);
    }
  }

  void WarnOfCa() {
    const Micros now = ledger->clock().Steady();
    if (now < warn_at) return;
    warn_at = now + kWarnEvery;
    if (ledger->clock().Now() < ledger->ca().not_after() - kWarnBefore) return;
    Say(spdlog::level::warn, "ca_ends",
        "The CA ends on " + CaEnd() +
            ", and with it every certificate that it signed. Put another in its place with "
            "latchkey "
            "rotate ca.");
  }

  void Stop(std::chrono::milliseconds deadline) {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_all();
    if (keeper.joinable()) keeper.join();
    if (server == nullptr) return;
    if (provider != nullptr) provider->Stop();  // no sign-in blocks the others
    server->Stop(deadline);
    RemoveRunDirectory(options.ledger.data);
  }

  // In the order in which they are started; destroyed in the reverse.
  ServiceOptions options;
  std::optional<api::BoundPort> management_port, gateways_port;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<rocksdb::Env> in_memory;  // of presence, when read-only
  std::unique_ptr<projections::Presence> presence;
  std::optional<CheckpointWatch> checkpoints;  // null when read-only
  projections::RestoredCount restored;
  std::atomic<bool> recovery_damaged{false};  // as last reported
  std::unique_ptr<GatewayTrust> trust;        // null when read-only
  std::unique_ptr<ServerIdentity> identity;
  std::unique_ptr<api::OperatorSessions> sessions;
  std::unique_ptr<api::Parts> parts;
  std::unique_ptr<latchkey::identity::Provider> provider;
  std::unique_ptr<api::People> people;
  std::unique_ptr<api::Server> server;
  std::string server_certificate;
  std::optional<crypto::Secret> only_token;                              // when read-only
  Micros retire_at{0}, reopen_at{0}, reopen_subjects_at{0}, warn_at{0};  // by the steady clock
  bool was_read_only = false;
  std::mutex mutex;  // of `stopping`
  std::condition_variable wake;
  bool stopping = false;
  std::thread keeper;
};

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Service::~Service() { Stop(0ms); }

Result<std::unique_ptr<Service>> Service::Start(ServiceOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  const Status started =
      impl->BindAndOpen().and_then([&] { return impl->CheckCa(); }).and_then([&] {
        return impl->Start();
      });
  if (!started) {
    if (impl->ledger) impl->Stop(0ms);
    return started.error();
  }
  return std::unique_ptr<Service>(new Service(std::move(impl)));
}

Ledger& Service::ledger() { return *impl_->ledger; }
std::string Service::management_url() const { return impl_->ManagementUrl(); }
std::string Service::gateways_url() const { return impl_->GatewaysUrl(); }
std::string Service::ca_sha256() const {
  const std::string former = impl_->trust ? impl_->trust->server_ca() : "";
  return "sha256:" +
         text::ToHex(former.empty() ? impl_->ledger->ca().sha256() : crypto::Sha256(former));
}
std::uint64_t Service::gateways_without_ca() const {
  return impl_->trust ? impl_->trust->gateways_without_ca() : 0;
}
Result<crypto::Secret> Service::SignInLink() { return impl_->SignInLink(); }
void Service::Tick() { impl_->Tick(); }
void Service::Stop(std::chrono::milliseconds deadline) { impl_->Stop(deadline); }

}  // namespace latchkey::tools
