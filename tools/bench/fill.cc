#include "tools/bench/fill.h"

#include <ostream>

#include <fmt/format.h>

#include "core/base/ids.h"
#include "core/crypto/certificates.h"
#include "core/domain/key_codec.h"
#include "core/domain/trust_domain.h"
#include "tools/bench/load_keys.h"

namespace latchkey::tools {
namespace {

constexpr unsigned kFillDepth = 4'096;
constexpr std::chrono::hours kGatewayCertificateLifetime = 365 * std::chrono::hours(24);

domain::RedeemKey MakeRedemption(Ledger& ledger, const crypto::CheckedCsr& csr,
                                 std::uint64_t gateway) {
  const auto row = domain::ReadGateway(ledger.projections().state(), gateway);
  const std::string uri =
      domain::SpiffeId(domain::TrustDomainOf(ledger.row().ledger_id()), kBenchAccount, gateway);
  crypto::IssuedCertificate issued =
      ledger.ca().SignGateway(csr, {text::GatewayId(gateway), uri}, ledger.clock().Now(),
                              kGatewayCertificateLifetime, ledger.random());
  domain::RedeemKey redemption;
  redemption.gateway = gateway;
  redemption.generation = 1;
  redemption.secret_sha256 = row->key().secret_sha256();
  redemption.public_key_sha256 = csr.public_key_sha256;
  redemption.offer = {std::move(issued.der), std::move(issued.sha256), std::move(issued.serial),
                      issued.not_after};
  redemption.host = {fmt::format("host-{}", gateway), "Debian 12", "6.1"};
  return redemption;
}

Status AddGateways(Ledger& ledger, std::uint64_t gateways) {
  CommandPump pump(ledger, kFillDepth);
  pump.Submit(domain::OpenAccount{std::string(kBenchAccount)});
  for (std::uint64_t i = 1; i <= gateways; ++i) {
    pump.Submit(domain::AddGateway{std::string(kBenchAccount), BenchGatewayName(i), 0,
                                   ledger_limits::kDefaultKeyLifetime});
  }
  return pump.Drain();
}

Status Register(Ledger& ledger, std::uint64_t gateways) {
  const auto csr = crypto::CheckCsr(MakeKeyPair().csr_pem);
  if (!csr) return csr.error();
  CommandPump pump(ledger, kFillDepth);
  for (std::uint64_t gateway = 1; gateway <= gateways; ++gateway) {
    domain::RedeemKey redemption = MakeRedemption(ledger, *csr, gateway);
    std::string certificate = redemption.offer->sha256;
    pump.Submit(std::move(redemption));
    pump.Submit(domain::CheckIn{std::move(certificate), "1.0.0"});
  }
  return pump.Drain();
}

}  // namespace

void CommandPump::Submit(domain::Command command) {
  {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return waiting_ < depth_; });
    ++waiting_;
  }
  const auto note = [this](Status outcome) {
    const std::lock_guard lock(mutex_);
    --waiting_;
    if (!outcome && problem_) problem_ = std::move(outcome);
    answered_.notify_one();
  };
  const Status queued = ledger_.sequencer().Submit(
      {std::move(command), {}, "", std::nullopt, std::nullopt},
      [note](const Outcome& outcome) { note(outcome.answer ? Status() : outcome.answer.error()); });
  if (!queued) note(queued);
}

Status CommandPump::Drain() {
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return waiting_ == 0; });
  return std::exchange(problem_, Status());
}

std::string BenchGatewayName(std::uint64_t number) { return fmt::format("gateway-{:07}", number); }

std::string KeyText(Ledger& ledger, std::uint64_t gateway) {
  const auto row = domain::ReadGateway(ledger.projections().state(), gateway);
  crypto::Secret secret = ledger.mint().Derive(gateway, 1, row->key().nonce());
  return std::string(domain::FormatKey({gateway, 1, std::move(secret)}).view());
}

Status FillLedger(const std::filesystem::path& data, std::uint64_t gateways,
                  std::uint64_t registered, const std::function<void(Ledger&)>& visit) {
  auto ledger = Ledger::Open({.data = data});
  if (!ledger) return ledger.error();
  return AddGateways(**ledger, gateways)
      .and_then([&] { return Register(**ledger, registered); })
      .map([&] {
        if (visit) visit(**ledger);
      });
}

ExitCode RunBenchFill(const std::filesystem::path& data, std::uint64_t events, std::ostream& out) {
  auto ledger = Ledger::Open({.data = data});
  if (!ledger) return ExitCode::kFailed;
  CommandPump pump(**ledger, kFillDepth);
  pump.Submit(domain::OpenAccount{std::string(kBenchAccount)});
  bool told = false;
  // The parent process kills this one in the middle of the loop.
  for (std::uint64_t i = 1; !(*ledger)->sequencer().WriteProblem(); ++i) {
    pump.Submit(domain::AddGateway{std::string(kBenchAccount), BenchGatewayName(i), 0,
                                   ledger_limits::kDefaultKeyLifetime});
    if (!told && (*ledger)->sequencer().head() >= events) {
      told = true;
      out << "filled" << std::endl;
    }
  }
  return ExitCode::kFailed;
}

}  // namespace latchkey::tools
