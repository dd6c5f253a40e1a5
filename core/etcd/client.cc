#include "core/etcd/client.h"

#include <array>
#include <atomic>
#include <charconv>
#include <optional>
#include <utility>

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>

#include "core/base/big_endian.h"
#include "core/base/check.h"
#include "core/base/hex.h"
#include "core/base/printable.h"
#include "core/etcd/rpc.grpc.pb.h"

namespace latchkey::etcd {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kScheme = "https://";
// gRPC connects again after so long, doubling it up to the second one; and how long one connecting
// may take.
constexpr int kFirstReconnectMs = 50;
constexpr int kLastReconnectMs = 500;
constexpr int kConnectMs = 1'000;
// A connection on which nothing has come for so long is tried, and given up when it stays silent.
// etcd allows a ping in 5 s.
constexpr int kPingAfterMs = 10'000;
constexpr int kPingAnswerMs = 5'000;
// Of another's message, as shown in one of ours.
constexpr std::size_t kShownBytes = 300;

// gRPC's own lines would go to standard error, beside our log; its errors come as statuses as well.
void Silence(gpr_log_func_args*) {}

grpc::ChannelArguments ChannelOptions() {
  grpc::ChannelArguments options;
  options.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  options.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  options.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  options.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  options.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  options.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMs);
  options.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLastReconnectMs);
  options.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingAfterMs);
  options.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingAnswerMs);
  options.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  return options;
}

// What an attempt does at an endpoint without a connection. gRPC connects only while a call waits
// for it: of endpoints that all refused, none would ever be seen to be back.
enum class Unconnected { kFails, kWaits };

// The deadline is by the steady clock, so that a step of the other one ends no attempt.
void Prepare(grpc::ClientContext* context, milliseconds within, Unconnected unconnected) {
  context->set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                     gpr_time_from_millis(within.count(), GPR_TIMESPAN)));
  context->set_wait_for_ready(unconnected == Unconnected::kWaits);
}

bool IsTimeout(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

std::string HexId(std::uint64_t id) {
  std::string bytes;
  PutNumber(id, sizeof id, &bytes);
  return text::ToHex(bytes);
}

Error NotAnEndpoint(const std::string& url) {
  return Refuse(ErrorCode::kUnusable,
                "'" + url + "' is not an endpoint of etcd: https://HOST:PORT");
}

// HOST:PORT of an endpoint.
Result<std::string> Target(const std::string& url) {
  if (!url.starts_with(kScheme)) return NotAnEndpoint(url);
  std::string target = url.substr(kScheme.size());
  if (target.ends_with('/')) target.pop_back();
  const std::size_t colon = target.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == target.size() ||
      target.find_first_not_of("0123456789", colon + 1) != std::string::npos ||
      target.find_first_of("/?#@ ") != std::string::npos) {
    return NotAnEndpoint(url);
  }
  return target;
}

// Why an attempt failed, for a person.
std::string Words(const std::string& url, const grpc::Status& status) {
  const std::string said = status.error_message();
  const bool is_tls = said.find("andshake") != std::string::npos ||
                      said.find("SSL") != std::string::npos ||
                      said.find("certificate") != std::string::npos;
  std::string words = url + ": ";
  if (is_tls) {
    words +=
        "etcd and this node do not accept each other's certificates; check the CA, the "
        "certificate and its key (";
  } else if (IsTimeout(status)) {
    words += "no answer in time (";
  } else {
    words += "no answer; see that it runs, and that it accepts this node's certificate (";
  }
  return words + text::Printable(said, kShownBytes) + ")";
}

std::optional<std::array<unsigned, 3>> ParseVersion(std::string_view version) {
  std::array<unsigned, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [end, error] =
        std::from_chars(version.data(), version.data() + version.size(), parts[i]);
    if (error != std::errc()) return std::nullopt;
    version.remove_prefix(static_cast<std::size_t>(end - version.data()));
    if (i + 1 == parts.size()) break;
    if (!version.starts_with('.')) return std::nullopt;
    version.remove_prefix(1);
  }
  return parts;
}

struct Endpoint {
  std::string url;
  std::unique_ptr<etcdserverpb::KV::Stub> kv;
  std::unique_ptr<etcdserverpb::Maintenance::Stub> maintenance;
  std::unique_ptr<etcdserverpb::Watch::Stub> watch;
  // Whether it has shown cluster and version since it last failed.
  std::atomic<bool> known{false};
};

// Why a call has no answer: of each endpoint its last failure, but no time-out in place of words
// that say more.
class Failures {
 public:
  explicit Failures(std::size_t endpoints) : of_(endpoints) {}

  void Add(std::size_t endpoint, const Error& why, bool timed_out) {
    if (!timed_out || of_[endpoint].empty()) of_[endpoint] = why.detail;
  }
  Error Told() const {
    std::string all;
    for (const std::string& words : of_) {
      if (!words.empty()) all += (all.empty() ? "" : "; ") + words;
    }
    return Refuse(ErrorCode::kIo, "etcd does not answer: " + all);
  }

 private:
  std::vector<std::string> of_;
};

// How an attempt ended; without an error it has an answer.
struct Attempted {
  std::optional<Error> error;
  bool timed_out = false;
};

}  // namespace

struct EtcdClient::Impl {
  explicit Impl(Options given) : options(std::move(given)), cluster_id(options.cluster_id) {}

  Status CheckCluster(const Endpoint& endpoint, const etcdserverpb::ResponseHeader& header);
  Attempted AskWhoItIs(Endpoint* endpoint, Unconnected unconnected);
  template <typename Response, typename Call>
  Attempted Attempt(Endpoint* endpoint, Unconnected unconnected, Call call, Response* response);
  template <typename Response, typename Call>
  Result<Response> Attempts(Call call);
  Result<bool> Watch(Endpoint* endpoint, const etcdserverpb::WatchRequest& request,
                     milliseconds within, const std::stop_token& stop);

  const Options options;
  std::vector<std::unique_ptr<Endpoint>> endpoints;
  std::atomic<std::uint64_t> cluster_id;
  std::atomic<std::size_t> current{0};  // the endpoint that answered last
};

// The first answer of all fixes the cluster where none was given.
Status EtcdClient::Impl::CheckCluster(const Endpoint& endpoint,
                                      const etcdserverpb::ResponseHeader& header) {
  std::uint64_t expected = 0;
  if (header.cluster_id() != 0 &&
      (cluster_id.compare_exchange_strong(expected, header.cluster_id()) ||
       expected == header.cluster_id())) {
    return {};
  }
  return Refuse(ErrorCode::kUnusable,
                endpoint.url + " belongs to the etcd cluster " + HexId(header.cluster_id()) +
                    ", and this ledger is in " + HexId(expected) +
                    ": correct the endpoints, or bring back the etcd cluster it was in");
}

Attempted EtcdClient::Impl::AskWhoItIs(Endpoint* endpoint, Unconnected unconnected) {
  grpc::ClientContext context;
  Prepare(&context, options.attempt, unconnected);
  etcdserverpb::StatusResponse answer;
  const grpc::Status status =
      endpoint->maintenance->Status(&context, etcdserverpb::StatusRequest(), &answer);
  if (!status.ok()) {
    return {Refuse(ErrorCode::kIo, Words(endpoint->url, status)), IsTimeout(status)};
  }
  if (Status supported = CheckEtcdVersion(endpoint->url, answer.version()); !supported) {
    return {supported.error()};
  }
  if (Status right = CheckCluster(*endpoint, answer.header()); !right) return {right.error()};
  endpoint->known = true;
  return {};
}

template <typename Response, typename Call>
Attempted EtcdClient::Impl::Attempt(Endpoint* endpoint, Unconnected unconnected, Call call,
                                    Response* response) {
  if (!endpoint->known) {
    Attempted asked = AskWhoItIs(endpoint, unconnected);
    if (asked.error) return asked;
  }
  grpc::ClientContext context;
  Prepare(&context, options.attempt, unconnected);
  const grpc::Status status = call(*endpoint->kv, &context, response);
  if (!status.ok()) {
    endpoint->known = false;
    return {Refuse(ErrorCode::kIo, Words(endpoint->url, status)), IsTimeout(status)};
  }
  if (Status right = CheckCluster(*endpoint, response->header()); !right) {
    endpoint->known = false;
    return {right.error()};
  }
  return {};
}

template <typename Response, typename Call>
Result<Response> EtcdClient::Impl::Attempts(Call call) {
  const auto end = steady_clock::now() + options.patience;
  Failures failures(endpoints.size());
  std::size_t at = current;
  for (std::size_t made = 0;; ++made) {
    const bool first_round = made < endpoints.size();
    Response response;
    const Attempted attempted =
        Attempt(endpoints[at].get(), first_round ? Unconnected::kFails : Unconnected::kWaits, call,
                &response);
    if (!attempted.error) {
      current = at;
      return response;
    }
    failures.Add(at, *attempted.error, attempted.timed_out);
    if (steady_clock::now() >= end) return failures.Told();
    at = (at + 1) % endpoints.size();
  }
}

Result<bool> EtcdClient::Impl::Watch(Endpoint* endpoint, const etcdserverpb::WatchRequest& request,
                                     milliseconds within, const std::stop_token& stop) {
  if (!endpoint->known) {
    const Attempted asked = AskWhoItIs(endpoint, Unconnected::kWaits);
    if (asked.error) return *asked.error;
  }
  grpc::ClientContext context;
  Prepare(&context, within, Unconnected::kFails);
  const std::stop_callback cancels(stop, [&context] { context.TryCancel(); });
  const auto stream = endpoint->watch->Watch(&context);
  stream->Write(request);
  etcdserverpb::WatchResponse response;
  bool changed = false;
  Status right;
  while (right && !changed && stream->Read(&response)) {
    right = CheckCluster(*endpoint, response.header());
    // Cancelled by etcd: the revision is older than what it still has of the past.
    changed = response.events_size() > 0 || response.canceled();
  }
  context.TryCancel();
  const grpc::Status status = stream->Finish();
  if (!right) return right.error();
  if (changed || stop.stop_requested() || IsTimeout(status)) return changed;
  return Refuse(ErrorCode::kIo, Words(endpoint->url, status));
}

EtcdClient::EtcdClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EtcdClient::~EtcdClient() = default;

Result<std::unique_ptr<EtcdClient>> EtcdClient::Connect(Options options) {
  Check(!options.endpoints.empty(), "etcd has at least one endpoint");
  gpr_set_log_function(Silence);
  auto impl = std::make_unique<Impl>(std::move(options));
  const auto credentials =
      grpc::SslCredentials({impl->options.ca_pem, std::string(impl->options.key_pem.view()),
                            impl->options.certificate_pem});
  for (const std::string& url : impl->options.endpoints) {
    const Result<std::string> target = Target(url);
    if (!target) return target.error();
    const auto channel = grpc::CreateCustomChannel(*target, credentials, ChannelOptions());
    auto endpoint = std::make_unique<Endpoint>();
    endpoint->url = url;
    endpoint->kv = etcdserverpb::KV::NewStub(channel);
    endpoint->maintenance = etcdserverpb::Maintenance::NewStub(channel);
    endpoint->watch = etcdserverpb::Watch::NewStub(channel);
    impl->endpoints.push_back(std::move(endpoint));
  }
  const auto end = steady_clock::now() + impl->options.patience;
  Failures failures(impl->endpoints.size());
  Unconnected unconnected = Unconnected::kFails;
  for (bool any = false;; unconnected = Unconnected::kWaits) {
    for (std::size_t i = 0; i < impl->endpoints.size(); ++i) {
      const Attempted asked = impl->AskWhoItIs(impl->endpoints[i].get(), unconnected);
      if (asked.error && asked.error->code != ErrorCode::kIo) return *asked.error;
      if (asked.error) failures.Add(i, *asked.error, asked.timed_out);
      if (!asked.error && !std::exchange(any, true)) impl->current = i;
    }
    if (any) return std::unique_ptr<EtcdClient>(new EtcdClient(std::move(impl)));
    if (steady_clock::now() >= end) return failures.Told();
  }
}

std::uint64_t EtcdClient::cluster_id() const { return impl_->cluster_id; }

Result<etcdserverpb::RangeResponse> EtcdClient::Range(const etcdserverpb::RangeRequest& request) {
  return impl_->Attempts<etcdserverpb::RangeResponse>(
      [&](etcdserverpb::KV::Stub& kv, grpc::ClientContext* context,
          etcdserverpb::RangeResponse* response) { return kv.Range(context, request, response); });
}

Result<etcdserverpb::TxnResponse> EtcdClient::Txn(const etcdserverpb::TxnRequest& request) {
  return impl_->Attempts<etcdserverpb::TxnResponse>(
      [&](etcdserverpb::KV::Stub& kv, grpc::ClientContext* context,
          etcdserverpb::TxnResponse* response) { return kv.Txn(context, request, response); });
}

Result<bool> EtcdClient::AwaitChange(const std::string& key, std::int64_t revision,
                                     milliseconds within, const std::stop_token& stop) {
  etcdserverpb::WatchRequest request;
  request.mutable_create_request()->set_key(key);
  request.mutable_create_request()->set_start_revision(revision + 1);
  std::size_t at = impl_->current;
  Endpoint* endpoint = impl_->endpoints[at].get();
  Result<bool> changed = impl_->Watch(endpoint, request, within, stop);
  if (!changed) {
    endpoint->known = false;
    impl_->current.compare_exchange_strong(at, (at + 1) % impl_->endpoints.size());
  }
  return changed;
}

Status CheckEtcdVersion(std::string_view endpoint, std::string_view version) {
  const auto has = ParseVersion(version);
  if (has && *has >= *ParseVersion(kOldestEtcd)) return {};
  return Refuse(ErrorCode::kUnusable,
                std::string(endpoint) + " is etcd " + text::Printable(version, kShownBytes) +
                    ", and Latchkey needs " + std::string(kOldestEtcd) +
                    " or newer: upgrade that etcd cluster to a current release first; Debian's "
                    "package etcd-server is too old");
}

}  // namespace latchkey::etcd
