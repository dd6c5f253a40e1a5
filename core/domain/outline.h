// The events of one decision about one gateway, as they come together. Internal to core/domain.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/domain/decide.h"

namespace latchkey::domain {

inline constexpr std::size_t kSubjectBytes = 16;

class Outline {
 public:
  // `account` and `gateway` are what the events name; `events` is the gateway's count so far.
  Outline(std::string account, std::uint64_t gateway, std::uint64_t events)
      : account_(std::move(account)), gateway_(gateway), events_(events) {}
  explicit Outline(const GatewayRow& row) : Outline(row.account(), row.number(), row.events()) {}

  // The next event; the caller sets its fact.
  Draft& Add() {
    Draft& draft = drafts_.emplace_back();
    draft.event.set_account(account_);
    draft.event.set_gateway(gateway_);
    draft.event.set_gateway_event(++events_);
    return draft;
  }

  Decision Done(Answer answer) && { return Decision{std::move(answer), std::move(drafts_), 0}; }

 private:
  std::string account_;
  std::uint64_t gateway_;
  std::uint64_t events_;
  std::vector<Draft> drafts_;
};

inline Decision Refused(Error error) { return Decision{std::move(error), {}, 0}; }

// A gateway that commands may work on: there, not removed, and at the version the caller has seen.
Result<GatewayRow> FindGateway(const StateReader& state, std::uint64_t gateway,
                               const Request& request);

// Fresh key material for the event that issues it.
events::IssuedKey IssueKey(std::uint64_t gateway, std::uint32_t generation,
                           std::chrono::seconds lifetime, const Context& context);

// The draft is good until the next one.
Draft& AddAbandoned(const Registration& pending, events::RegistrationAbandoned::Why why,
                    Outline* outline);

Decision DecideGenerateKey(const StateReader&, const Request&, const GenerateKey&, const Context&);
Decision DecideRevealKey(const StateReader&, const Request&, const RevealKey&, const Context&);
Decision DecideRevokeKey(const StateReader&, const Request&, const RevokeKey&, const Context&);
Decision DecideExpireKey(const StateReader&, const ExpireKey&, const Context&);
Decision DecideRedeemKey(const StateReader&, const Request&, const RedeemKey&, const Context&);

Decision DecideCreateToken(const StateReader&, const CreateToken&, const Context&);
Decision DecideRotateToken(const StateReader&, const RotateToken&, const Context&);
Decision DecideRevokeToken(const StateReader&, const RevokeToken&, const Context&);
Decision DecideExpireToken(const StateReader&, const ExpireToken&, const Context&);
Draft TokenExpired(std::uint64_t token);

Decision DecideSignInPerson(const SignInPerson&);

Decision DecideCheckIn(const StateReader&, const Request&, const CheckIn&, const Context&);
Decision DecideReportFailure(const StateReader&, const ReportFailure&, const Context&);
Decision DecideDeregister(const StateReader&, const Request&, const DeregisterGateway&,
                          const Context&);
Decision DecideRemoveGateway(const StateReader&, const Request&, const RemoveGateway&,
                             const Context&);
Decision DecideAbandon(const StateReader&, const AbandonRegistration&, const Context&);
Decision DecideDisconnect(const StateReader&, const DisconnectGateway&);

}  // namespace latchkey::domain
