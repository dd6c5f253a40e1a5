#include "api/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "api/acceptor.h"
#include "api/call/ledger_view.h"
#include "api/http/address.h"
#include "api/http/limits.h"
#include "api/http/tls.h"
#include "api/metrics.h"
#include "api/worker.h"
#include "core/domain/judge.h"

namespace latchkey::api {
namespace {

constexpr std::chrono::milliseconds kStopPoll{5};
constexpr std::size_t kListeners = 2;

// How many connections may be open.
struct Room {
  std::size_t connections;  // of each listener
  std::size_t waiting;      // beside them: check-ins that wait for a message
};

// As the limit of open files allows, after raising it.
Room RoomFor(const Logger& logger) {
  constexpr Room kWanted{limits::kMaxConnections, limits::kMaxWaiting};
  constexpr rlim_t kFiles =
      kListeners * kWanted.connections + kWanted.waiting + limits::kFilesBesideConnections;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return kWanted;
  if (files.rlim_cur < kFiles) {
    files.rlim_cur = std::min<rlim_t>(kFiles, files.rlim_max);
    (void)setrlimit(RLIMIT_NOFILE, &files);
    (void)getrlimit(RLIMIT_NOFILE, &files);
  }
  if (files.rlim_cur >= kFiles) return kWanted;
  constexpr std::size_t kFilesEach = 2 * kListeners;  // half of them are for all the rest
  const std::size_t quarter = std::max<std::size_t>(files.rlim_cur / kFilesEach, 1);
  const std::size_t most = std::min(quarter, limits::kMaxConnections);
  if (most < limits::kPromisedConnections) {
    LogEvent(logger, spdlog::level::warn, "few_connections",
             "Each listener takes at most " + std::to_string(most) +
                 " connections, for no more than " + std::to_string(files.rlim_cur) +
                 " files may be open. Raise the hard limit of open files (LimitNOFILE of systemd, "
                 "ulimit -n) to " +
                 std::to_string(kFilesEach * limits::kPromisedConnections) + " or more.");
  }
  const std::size_t beside = std::min(quarter, limits::kFilesBesideConnections);
  return {most, std::min(limits::kMaxWaiting, files.rlim_cur - beside - kListeners * most)};
}

}  // namespace

struct Server::Impl {
  using Workers = std::vector<std::shared_ptr<Worker>>;

  Impl(const Parts& all_parts, ThrottleOptions limited)
      : parts(all_parts),
        ledger{parts.log,
               parts.projections,
               parts.presence,
               parts.subjects,
               parts.mint,
               parts.ca,
               parts.clock,
               [&sequencer = parts.sequencer] { return sequencer.LedgerTime(); },
               parts.epoch,
               parts.check_in,
               parts.former_cas_pem,
               {},
               parts.only_token,
               parts.recovery,
               parts.restored,
               parts.trust,
               parts.server_ca,
               parts.checkpoint,
               parts.witnesses,
               parts.checkpoint_copy,
               parts.gateway_counts},
        server_wide{.throttle = Throttle(std::move(limited), parts.random)} {}

  // Those that signed gateways' certificates themselves, not the issuers of an intermediate.
  std::string ClientCas() const {
    return crypto::DerToPem(parts.ca.certificate_der()) + parts.former_cas_pem;
  }

  Result<TlsContext> GatewaysTls(std::string_view certificate_pem, std::string_view key_pem) const {
    return MakeTlsContext(certificate_pem, key_pem, ClientCas(), [this](std::string_view sha256) {
      return domain::IsOnlyCertificate(ledger.state(), sha256, ledger.ledger_time());
    });
  }

  Status Start(ServerOptions options) {
    Result<TlsContext> management_tls = MakeTlsContext(options.certificate_pem, options.key_pem);
    Result<TlsContext> gateways_tls = GatewaysTls(options.certificate_pem, options.key_pem);
    crypto::Wipe(&options.key_pem);
    if (!management_tls) return management_tls.error();
    if (!gateways_tls) return gateways_tls.error();
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    const unsigned threads = options.threads != 0 ? options.threads : cores;
    const Room room = RoomFor(options.logger);
    server_wide.waiting.Limit(room.waiting);
    const auto listen = [&](Listener listener, BoundPort port, const TlsContext& tls,
                            Workers* workers, std::shared_ptr<Acceptor>* acceptor) -> Status {
      for (unsigned i = 0; i < threads; ++i) {
        workers->push_back(
            std::make_shared<Worker>(parts, ledger, server_wide, options.logger, options.patience));
      }
      auto bound = Acceptor::Listen(listener, std::move(port), tls, *workers, room.connections);
      if (!bound) return bound.error();
      *acceptor = *std::move(bound);
      return {};
    };
    Status listens = listen(Listener::kManagement, std::move(options.management), *management_tls,
                            &management_workers, &management);
    if (listens && options.gateways) {
      listens = listen(Listener::kGateways, *std::move(options.gateways), *gateways_tls,
                       &gateways_workers, &gateways);
    }
    if (!listens) return listens;
    if (gateways) ledger.gateways_url = UrlOf(gateways->address(), options.gateways_name);
    if (options.webhooks) {
      auto webhooks = options.webhooks(ledger);
      if (!webhooks) return webhooks.error();
      server_wide.webhooks = *std::move(webhooks);
    }
    ForAll([](Worker& worker) { worker.Start(); });
    management->Start();
    if (gateways) gateways->Start();
    server_wide.metrics.set_serving(true);
    return {};
  }

  void Stop(std::chrono::milliseconds deadline) {
    if (!server_wide.metrics.serving()) return;
    server_wide.metrics.set_serving(false);
    management->Stop();
    if (gateways) gateways->Stop();
    if (server_wide.webhooks) server_wide.webhooks->Stop();
    ForAll([](Worker& worker) { worker.Drain(); });
    const auto until = std::chrono::steady_clock::now() + deadline;
    const auto open = [this] {
      std::size_t connections = 0;
      ForAll([&](const Worker& worker) { connections += worker.open(); });
      return connections;
    };
    while (std::chrono::steady_clock::now() < until && open() > 0) {
      std::this_thread::sleep_for(kStopPoll);
    }
    ForAll([](Worker& worker) { worker.Finish(); });
    ForAll([](Worker& worker) { worker.Join(); });
  }

  template <typename Do>
  void ForAll(const Do& act) {
    for (const auto& worker : management_workers) act(*worker);
    for (const auto& worker : gateways_workers) act(*worker);
  }

  const Parts parts;
  LedgerView ledger;
  ServerWide server_wide;
  // Each listener has its own: whatever operators ask for, gateways are heard.
  Workers management_workers;
  Workers gateways_workers;
  std::shared_ptr<Acceptor> management;
  std::shared_ptr<Acceptor> gateways;  // null: gateways are not served
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { impl_->Stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::Start(const Parts& parts, ServerOptions options) {
  auto impl = std::make_unique<Impl>(parts, std::move(options.throttle));
  if (Status started = impl->Start(std::move(options)); !started) return started.error();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::string Server::management_address() const { return impl_->management->address(); }
std::string Server::gateways_address() const {
  return impl_->gateways ? impl_->gateways->address() : "";
}

Webhooks* Server::webhooks() { return impl_->server_wide.webhooks.get(); }

Status Server::UseCertificate(std::string_view certificate_pem, std::string_view key_pem) {
  const Result<TlsContext> management = MakeTlsContext(certificate_pem, key_pem);
  if (!management) return management.error();
  const Result<TlsContext> gateways = impl_->GatewaysTls(certificate_pem, key_pem);
  if (!gateways) return gateways.error();
  impl_->management->UseContext(*management);
  if (impl_->gateways) impl_->gateways->UseContext(*gateways);
  return {};
}

void Server::Stop(std::chrono::milliseconds deadline) { impl_->Stop(deadline); }

}  // namespace latchkey::api
