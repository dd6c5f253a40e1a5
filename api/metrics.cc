#include "api/metrics.h"

#include <array>
#include <map>
#include <mutex>
#include <sstream>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "api/call/problem.h"
#include "api/router.h"

namespace latchkey::api {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::string_view kNoRoute = "none";
constexpr int kStatuses = 600;

const Histogram::BucketBoundaries& Buckets() {  // seconds
  static const Histogram::BucketBoundaries buckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                      0.01,   0.025,   0.05,   0.1,   0.25,   1};
  return buckets;
}

// The counters of one row of a route table, or of what met no row.
struct RouteCounters {
  Histogram* seconds = nullptr;
  std::array<std::atomic<Counter*>, kStatuses> by_status{};
};

std::string Label(std::string_view text) { return std::string(text); }

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  Family<Counter>& requests = BuildCounter()
                                  .Name("latchkey_http_requests_total")
                                  .Help("Requests answered.")
                                  .Register(registry);
  Family<Histogram>& seconds = BuildHistogram()
                                   .Name("latchkey_http_request_seconds")
                                   .Help("From the last byte of a request to its answer.")
                                   .Register(registry);
  Family<Counter>& refusals = BuildCounter()
                                  .Name("latchkey_refusals_total")
                                  .Help("Requests refused, by code.")
                                  .Register(registry);
  Family<Counter>& trouble = BuildCounter()
                                 .Name("latchkey_trouble_total")
                                 .Help("Errors of the ledger or the machine that requests met.")
                                 .Register(registry);
  Family<Counter>& redemptions = BuildCounter()
                                     .Name("latchkey_redemptions_total")
                                     .Help("Keys redeemed, and redemptions repeated.")
                                     .Register(registry);
  Family<Counter>& renewals = BuildCounter()
                                  .Name("latchkey_renewals_total")
                                  .Help("Certificates renewed, and renewals repeated.")
                                  .Register(registry);
  Family<Counter>& limited = BuildCounter()
                                 .Name("latchkey_rate_limited_total")
                                 .Help("Requests refused as rate_limited, by the limit met.")
                                 .Register(registry);
  Family<Gauge>& connections =
      BuildGauge().Name("latchkey_connections").Help("Connections open.").Register(registry);
  Family<Counter>& dropped = BuildCounter()
                                 .Name("latchkey_connections_dropped_total")
                                 .Help("Connections closed by the server, by why.")
                                 .Register(registry);
  Family<Gauge>& ledger = BuildGauge()
                              .Name("latchkey_ledger")
                              .Help("The ledger: events in it, and in the projections.")
                              .Register(registry);
  Family<Gauge>& sequencer = BuildGauge()
                                 .Name("latchkey_sequencer")
                                 .Help("What the sequencer has done, and how much waits for it.")
                                 .Register(registry);
  Counter& key_unknown = BuildCounter()
                             .Name("latchkey_key_unknown_total")
                             .Help("Keys presented whose secret was not proven.")
                             .Register(registry)
                             .Add({});
  Counter& possible_rollback =
      BuildCounter()
          .Name("latchkey_possible_rollback_total")
          .Help("Certificates of our CA that the ledger does not hold, positions beyond its head.")
          .Register(registry)
          .Add({});
  Gauge& rollback_detection = BuildGauge()
                                  .Name("latchkey_rollback_detection")
                                  .Help("1 when an old copy of the directory would be noticed.")
                                  .Register(registry)
                                  .Add({});
  Gauge& ca_not_after = BuildGauge()
                            .Name("latchkey_ca_not_after_timestamp_seconds")
                            .Help("When the CA ends, and all that it signed with it.")
                            .Register(registry)
                            .Add({});
  Gauge& read_only = BuildGauge()
                         .Name("latchkey_read_only")
                         .Help("1 while writes are refused.")
                         .Register(registry)
                         .Add({});
  Gauge& checkpoint_size = BuildGauge()
                               .Name("latchkey_checkpoint_events")
                               .Help("How many events the last checkpoint covers.")
                               .Register(registry)
                               .Add({});
  Gauge& checkpoint_failed = BuildGauge()
                                 .Name("latchkey_checkpoint_failed")
                                 .Help("1 while no checkpoint can be written.")
                                 .Register(registry)
                                 .Add({});
  Family<Gauge>& witness_size = BuildGauge()
                                    .Name("latchkey_witness_events")
                                    .Help("How many events the witness has cosigned.")
                                    .Register(registry);
  Family<Gauge>& witness_failed = BuildGauge()
                                      .Name("latchkey_witness_failed")
                                      .Help("1 while the witness does not cosign.")
                                      .Register(registry);
  Gauge& sealing_keys_failed = BuildGauge()
                                   .Name("latchkey_sealing_keys_failed")
                                   .Help("1 while the disk refuses sealing keys.")
                                   .Register(registry)
                                   .Add({});
  Gauge& presence_failed = BuildGauge()
                               .Name("latchkey_presence_failed")
                               .Help("1 while check-ins are not remembered: their disk has failed.")
                               .Register(registry)
                               .Add({});

  Gauge& backup_at = BuildGauge()
                         .Name("latchkey_last_backup_timestamp_seconds")
                         .Help("When the last good backup ended; 0: none is known.")
                         .Register(registry)
                         .Add({});
  Gauge& backup_size = BuildGauge()
                           .Name("latchkey_last_backup_events")
                           .Help("How many events the last good backup holds.")
                           .Register(registry)
                           .Add({});
  Gauge& backup_failed = BuildGauge()
                             .Name("latchkey_last_backup_failed")
                             .Help("1 when the last backup failed.")
                             .Register(registry)
                             .Add({});
  Gauge& drill_at = BuildGauge()
                        .Name("latchkey_last_drill_timestamp_seconds")
                        .Help("When the last good drill ended; 0: none is known.")
                        .Register(registry)
                        .Add({});
  Gauge& drill_failed = BuildGauge()
                            .Name("latchkey_last_drill_failed")
                            .Help("1 when the last drill failed.")
                            .Register(registry)
                            .Add({});
  Gauge& restored = BuildGauge()
                        .Name("latchkey_restored_gateways")
                        .Help("Gateways registered before the last restore and not accepted yet.")
                        .Register(registry)
                        .Add({});
  Gauge& without_ca = BuildGauge()
                          .Name("latchkey_gateways_without_ca")
                          .Help(
                              "Gateways that have not checked in since a CA was put in force "
                              "that they cannot know.")
                          .Register(registry)
                          .Add({});
  Family<Gauge>& certificates = BuildGauge()
                                    .Name("latchkey_gateway_certificates")
                                    .Help(
                                        "Registered gateways whose certificate is overdue for "
                                        "renewal, or has expired.")
                                    .Register(registry);
  Gauge& certificates_ending = certificates.Add({{"state", "ending"}});
  Gauge& certificates_expired = certificates.Add({{"state", "expired"}});
  Gauge& waiting_check_ins = BuildGauge()
                                 .Name("latchkey_waiting_check_ins")
                                 .Help("Check-ins that wait for a message.")
                                 .Register(registry)
                                 .Add({});
  Family<Gauge>& webhooks =
      BuildGauge().Name("latchkey_webhooks").Help("Webhooks, by their state.").Register(registry);
  Family<Gauge>& deliveries = BuildGauge()
                                  .Name("latchkey_webhook_attempts")
                                  .Help("Attempts to deliver events to webhooks, since the start.")
                                  .Register(registry);
  Gauge& webhooks_failed = BuildGauge()
                               .Name("latchkey_webhook_progress_failed")
                               .Help("1 when the disk refuses what webhooks have delivered.")
                               .Register(registry)
                               .Add({});
  Gauge& buffer_bytes = BuildGauge()
                            .Name("latchkey_buffer_bytes")
                            .Help("What connections hold for peers that are slow.")
                            .Register(registry)
                            .Add({});
  Family<Gauge>& log_dropped = BuildGauge()
                                   .Name("latchkey_log_lines_dropped")
                                   .Help("Log lines that were not written, since the start.")
                                   .Register(registry);
  Gauge& log_queue_full = log_dropped.Add({{"reason", "queue_full"}});
  Gauge& log_beyond_share = log_dropped.Add({{"reason", "beyond_share"}});

  std::array<std::map<const Route*, RouteCounters>, 2> routes;  // complete once constructed
  std::array<Gauge*, 2> open{};
  std::array<std::array<Counter*, 4>, 2> dropped_by{};
  std::array<std::atomic<Counter*>, 64> by_code{};
  std::array<Counter*, 2> redeemed{};
  std::array<Counter*, 2> renewed{};
  std::array<Counter*, kAllLimits.size()> by_limit{};
  std::map<ErrorCode, Counter*> by_trouble;  // complete once constructed

  Impl() {
    for (const Listener listener : {Listener::kManagement, Listener::kGateways}) {
      const auto i = static_cast<std::size_t>(listener);
      const std::string name = Label(ListenerName(listener));
      AddRoute(listener, nullptr);
      for (const RouteRow& row : RoutesOf(listener)) AddRoute(listener, &row.route);
      open[i] = &connections.Add({{"listener", name}});
      std::size_t reason = 0;
      for (const char* why : {"slow", "tls", "address", "buffers"}) {
        dropped_by[i][reason++] = &dropped.Add({{"listener", name}, {"reason", why}});
      }
    }
    for (const LimitedBy by : kAllLimits) {
      by_limit[static_cast<std::size_t>(by)] = &limited.Add({{"limit", Label(LimitedByName(by))}});
    }
    for (const ErrorCode code : {ErrorCode::kInUse, ErrorCode::kUnusable, ErrorCode::kIo}) {
      by_trouble[code] = &trouble.Add({{"code", Label(CodeName(code))}});
    }
    redeemed = {&redemptions.Add({{"result", "first"}}),
                &redemptions.Add({{"result", "repeated"}})};
    renewed = {&renewals.Add({{"result", "first"}}), &renewals.Add({{"result", "repeated"}})};
  }

  prometheus::Labels LabelsOf(Listener listener, const Route* route) {
    return {{"listener", Label(ListenerName(listener))},
            {"method", Label(route == nullptr ? kNoRoute : MethodName(route->method))},
            {"route", Label(route == nullptr ? kNoRoute : route->pattern)}};
  }

  void AddRoute(Listener listener, const Route* route) {
    routes[static_cast<std::size_t>(listener)][route].seconds =
        &seconds.Add(LabelsOf(listener, route), Buckets());
  }

  void SetParts(const Parts& parts) {
    const auto set = [](Family<Gauge>& family, const char* label, double value) {
      family.Add({{"what", label}}).Set(value);
    };
    const SequencerMetrics& s = parts.sequencer.metrics();
    set(ledger, "log_events", static_cast<double>(parts.log.size()));
    set(ledger, "projected_events", static_cast<double>(parts.projections.size()));
    set(sequencer, "commands", static_cast<double>(s.commands));
    set(sequencer, "events", static_cast<double>(s.events));
    set(sequencer, "batches", static_cast<double>(s.batches));
    set(sequencer, "refused_full", static_cast<double>(s.refused_full));
    set(sequencer, "queue", static_cast<double>(s.queue));
    set(sequencer, "append_microseconds", static_cast<double>(s.append_micros));
    set(sequencer, "decide_microseconds", static_cast<double>(s.decide_micros));
    set(sequencer, "apply_microseconds", static_cast<double>(s.apply_micros));
    ca_not_after.Set(
        std::chrono::duration<double>(parts.ca.not_after().time_since_epoch()).count());
    read_only.Set(parts.sequencer.WriteProblem() ? 1 : 0);
    presence_failed.Set(parts.presence.failed() ? 1 : 0);
    sealing_keys_failed.Set(parts.subjects.failed() ? 1 : 0);
    if (parts.checkpoints != nullptr) {
      const auto checkpoint = parts.checkpoints->published();
      checkpoint_size.Set(checkpoint ? static_cast<double>(checkpoint->head.size) : 0);
      checkpoint_failed.Set(parts.checkpoints->problem() ? 1 : 0);
    }
    SetGuards(parts);
  }

  // What outside the data directory remembers how far the ledger had come.
  void SetGuards(const Parts& parts) {
    const auto states = parts.witnesses ? parts.witnesses() : std::vector<witness::WitnessState>();
    for (const witness::WitnessState& state : states) {
      witness_size.Add({{"witness", state.name}})
          .Set(state.cosigned ? static_cast<double>(state.cosigned->size) : 0);
      witness_failed.Add({{"witness", state.name}}).Set(state.problem ? 1 : 0);
    }
    rollback_detection.Set(parts.checkpoint_copy || !states.empty() ? 1 : 0);
  }

  void SetRecovery(const Parts& parts) {
    const auto seconds_of = [](const std::optional<log::GoodRun>& run) {
      return run ? std::chrono::duration<double>(run->at.time_since_epoch()).count() : 0;
    };
    const log::RecoveryRecord record = parts.recovery ? parts.recovery() : log::RecoveryRecord();
    backup_at.Set(seconds_of(record.backup.good));
    backup_size.Set(record.backup.good ? static_cast<double>(record.backup.good->size) : 0);
    backup_failed.Set(record.backup.failed ? 1 : 0);
    drill_at.Set(seconds_of(record.drill.good));
    drill_failed.Set(record.drill.failed ? 1 : 0);
    restored.Set(parts.restored == nullptr ? 0 : static_cast<double>(parts.restored->All()));
  }

  void SetGateways(const Parts& parts) {
    const projections::GatewayCount count =
        parts.gateway_counts ? parts.gateway_counts->Get() : projections::GatewayCount();
    certificates_ending.Set(static_cast<double>(count.ending));
    certificates_expired.Set(static_cast<double>(count.expired));
    without_ca.Set(static_cast<double>(count.without_ca));
  }

  void SetWebhooks(Webhooks& all) {
    const std::map<WebhookState, std::uint64_t> counts = all.CountByState();
    for (const WebhookState state : kAllWebhookStates) {
      const auto count = counts.find(state);
      webhooks.Add({{"state", Label(WebhookStateName(state))}})
          .Set(count == counts.end() ? 0 : static_cast<double>(count->second));
    }
    const SenderCounts& sent = all.counts();
    deliveries.Add({{"result", "delivered"}}).Set(static_cast<double>(sent.delivered));
    deliveries.Add({{"result", "refused"}}).Set(static_cast<double>(sent.refused));
    deliveries.Add({{"result", "retried"}}).Set(static_cast<double>(sent.retried));
    webhooks_failed.Set(all.store_failed() ? 1 : 0);
  }

  void CountRefusal(ErrorCode code) {
    std::atomic<Counter*>& slot = by_code[static_cast<std::size_t>(code)];
    Counter* counter = slot.load(std::memory_order_acquire);
    if (counter == nullptr) {
      counter = &refusals.Add({{"code", Label(CodeName(code))}});
      slot.store(counter, std::memory_order_release);
    }
    counter->Increment();
  }

  void CountNotes(const Notes& notes) {
    if (notes.trouble) by_trouble.at(notes.trouble->code)->Increment();
    if (notes.key_unknown) key_unknown.Increment();
    if (notes.limited) by_limit[static_cast<std::size_t>(*notes.limited)]->Increment();
    if (notes.possible_rollback) possible_rollback.Increment();
    CountIssuance(notes.redemption, redeemed);
    CountIssuance(notes.renewal, renewed);
  }

  static void CountIssuance(Notes::Issuance issuance, const std::array<Counter*, 2>& by_result) {
    if (issuance == Notes::Issuance::kNone) return;
    by_result[issuance == Notes::Issuance::kRepeated ? 1 : 0]->Increment();
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::Answered(const Call& call, Micros took) {
  const Listener listener = call.connection.listener;
  const Route* route = call.request.route;
  RouteCounters& counters = impl_->routes[static_cast<std::size_t>(listener)].find(route)->second;
  counters.seconds->Observe(static_cast<double>(took.count()) / 1e6);
  const auto status = static_cast<std::size_t>(call.response.status);
  std::atomic<Counter*>& slot = counters.by_status[status];
  Counter* counter = slot.load(std::memory_order_acquire);
  if (counter == nullptr) {
    prometheus::Labels labels = impl_->LabelsOf(listener, route);
    labels["status"] = std::to_string(status);
    counter = &impl_->requests.Add(labels);  // the same one for the same labels
    slot.store(counter, std::memory_order_release);
  }
  counter->Increment();
  if (call.response.refusal) impl_->CountRefusal(*call.response.refusal);
  impl_->CountNotes(call.notes);
}

void Metrics::MachineFailed(ErrorCode code) { impl_->by_trouble.at(code)->Increment(); }

void Metrics::Connection(Listener listener, int change) {
  impl_->open[static_cast<std::size_t>(listener)]->Increment(change);
}

void Metrics::ConnectionDropped(Listener listener, DropReason why) {
  impl_->dropped_by[static_cast<std::size_t>(listener)][static_cast<std::size_t>(why)]->Increment();
}

std::string Metrics::Text(const Parts& parts, const Logger& logger, const BufferBudget& buffers,
                          const WaitingCheckIns& waiting, Webhooks* webhooks) {
  const LogWriter::Dropped dropped = logger == nullptr ? LogWriter::Dropped() : logger->dropped();
  impl_->buffer_bytes.Set(static_cast<double>(buffers.held()));
  impl_->waiting_check_ins.Set(static_cast<double>(waiting.open()));
  impl_->log_queue_full.Set(static_cast<double>(dropped.queue_full));
  impl_->log_beyond_share.Set(static_cast<double>(dropped.beyond_share));
  impl_->SetParts(parts);
  impl_->SetRecovery(parts);
  impl_->SetGateways(parts);
  if (webhooks != nullptr) impl_->SetWebhooks(*webhooks);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  return std::move(out).str();
}

}  // namespace latchkey::api
