#include "core/domain/decide.h"

#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/domain/decide_connections.h"
#include "core/domain/decide_keys.h"
#include "core/domain/decide_messages.h"
#include "core/domain/decide_registrations.h"
#include "core/domain/decide_renewals.h"
#include "core/domain/decide_tokens.h"
#include "core/domain/decide_webhooks.h"
#include "core/domain/drafts.h"
#include "core/domain/judge.h"
#include "events/codec.h"

namespace latchkey::domain {
namespace {

Decision DecideCreateLedger(const StateReader& state, const CreateLedger& command,
                            const Context& context) {
  if (ReadLedger(state)) return Refused({ErrorCode::kUnusable, "The ledger already exists."});
  Decision decision{Answer{}, {}, 0};
  events::LedgerCreated& ledger = *decision.events.emplace_back().event.mutable_ledger_created();
  ledger.set_format(events::kFormat);
  ledger.set_ledger_id(command.ledger_id);
  ledger.set_epoch(command.epoch);
  ledger.set_origin(command.origin);
  ledger.set_ca_certificate(command.ca_certificate);
  ledger.set_checkpoint_public_key(command.checkpoint_public_key);

  Draft& owner = decision.events.emplace_back();
  events::OperatorTokenCreated& token = *owner.event.mutable_operator_token_created();
  token.set_token(ReadCounters(state).tokens() + 1);
  token.set_token_sha256(command.owner_token_sha256);
  token.set_role(std::string(RoleName(TokenRole::kOwner)));
  token.set_subject(context.random.Bytes(kSubjectBytes));
  owner.personal.set_operator_name("owner");
  owner.subject = token.subject();
  return decision;
}

// Whether this is the certificate of a former CA.
bool IsFormerCa(const LedgerRow& ledger, std::string_view certificate) {
  return std::any_of(ledger.former_cas().begin(), ledger.former_cas().end(),
                     [&](const FormerCa& former) { return former.certificate() == certificate; });
}

Decision DecideRotateCa(const StateReader& state, const RotateCa& command) {
  const std::optional<LedgerRow> ledger = ReadLedger(state);
  if (!ledger) return Refused({ErrorCode::kUnusable, "There is no ledger yet."});
  if (command.ca_certificate == ledger->ca_certificate()) {
    return Refused({ErrorCode::kValidationFailed, "This is already the CA of the ledger."});
  }
  if (IsFormerCa(*ledger, command.ca_certificate)) {
    return Refused(
        {ErrorCode::kValidationFailed, "This CA was in force before. Rotate to a new one."});
  }
  if (ledger->former_cas_size() >= ledger_limits::kMaxCaRotations) {
    return Refused({ErrorCode::kReadOnly, "This ledger has reached its limit of CA rotations."});
  }
  Decision decision{Answer{.created = true}, {}, 0};
  events::CaRotated& rotated = *decision.events.emplace_back().event.mutable_ca_rotated();
  rotated.set_ca_certificate(command.ca_certificate);
  rotated.set_ca_sha256(crypto::Sha256(command.ca_certificate));
  rotated.set_cross_certificate(command.cross_certificate);
  rotated.set_previous_ca_sha256(crypto::Sha256(ledger->ca_certificate()));
  return decision;
}

Decision DecideNameTrustDomain(const StateReader& state, const NameTrustDomain& command) {
  const std::optional<LedgerRow> ledger = ReadLedger(state);
  if (!ledger) return Refused({ErrorCode::kUnusable, "There is no ledger yet."});
  if (Status valid = CheckTrustDomain(command.name, "/name"); !valid) {
    return Refused(std::move(valid).error());
  }
  if (ledger->trust_domain() == command.name) return Decision{Answer{}, {}, 0};
  if (!ledger->trust_domain().empty()) {
    return Refused({ErrorCode::kUnusable,
                    "The trust domain of this ledger is " + ledger->trust_domain() +
                        ", for good: the certificates of its gateways name it. Give that one, or "
                        "none."});
  }
  Decision decision{Answer{.created = true}, {}, 0};
  decision.events.emplace_back().event.mutable_trust_domain_named()->set_name(command.name);
  return decision;
}

Decision DecideAdoptCheckpoint(const StateReader& state, const AdoptCheckpoint& command) {
  if (!ReadLedger(state)) return Refused({ErrorCode::kUnusable, "There is no ledger yet."});
  Decision decision{Answer{.created = true}, {}, 0};
  auto& adopted = *decision.events.emplace_back().event.mutable_checkpoint_adopted();
  adopted.set_size(command.size);
  adopted.set_root(command.root);
  return decision;
}

Decision DecideOpenAccount(const StateReader& state, const OpenAccount& command,
                           const Context& context) {
  if (ReadAccount(state, command.account)) return Decision{Answer{}, {}, 0};
  Decision decision{Answer{.created = true}, {}, 0};
  events::Event& event = decision.events.emplace_back().event;
  event.set_account(command.account);
  event.mutable_account_opened()->set_subject(context.random.Bytes(kSubjectBytes));
  return decision;
}

// A primary that can take one more secondary, or why not.
Status CheckPrimary(const StateReader& state, const AddGateway& command) {
  const std::optional<GatewayRow> primary = ReadGateway(state, command.primary);
  if (!primary || primary->account() != command.account) {
    return Refuse(ErrorCode::kNotFound,
                  "This account has no gateway with the id given as primary.");
  }
  if (primary->removed()) {
    return Refuse(ErrorCode::kGatewayRemoved, "The gateway given as primary was removed.");
  }
  if (primary->primary() != 0) {
    return Invalid("/primary", "This gateway is itself a secondary. Name its primary instead.");
  }
  if (primary->secondaries() >= ledger_limits::kMaxSecondaries) {
    return Refuse(ErrorCode::kTooManySecondaries,
                  "A primary has at most " + std::to_string(ledger_limits::kMaxSecondaries) +
                      " secondaries. Remove one first, or add another primary.");
  }
  return {};
}

Error NameTaken() {
  return {ErrorCode::kNameTaken,
          "Another gateway of this account has this name. Choose another name, or generate a new "
          "key for that gateway to install it again."};
}

void DraftLabels(const Labels& labels, GatewayDrafts* drafts) {
  events::GatewayLabelled& labelled = *drafts->Add().event.mutable_gateway_labelled();
  for (const auto& [key, value] : labels) {
    events::Label& label = *labelled.add_labels();
    label.set_key(key);
    label.set_value(value);
  }
}

void DraftNote(const std::string& note, GatewayDrafts* drafts) {
  Draft& noted = drafts->Add();
  noted.event.mutable_gateway_noted();
  noted.personal.set_note(note);
}

Decision DecideAddGateway(const StateReader& state, const Submission&, const AddGateway& command,
                          const Context& context) {
  if (!ReadAccount(state, command.account)) {
    return Refused({ErrorCode::kNotFound, "There is no such account. Open it first."});
  }
  if (command.primary != 0) {
    if (Status primary = CheckPrimary(state, command); !primary) {
      return Refused(std::move(primary).error());
    }
  }
  if (ReadName(state, command.account, command.name)) return Refused(NameTaken());
  const std::uint64_t number = ReadCounters(state).gateways() + 1;
  if (number > ledger_limits::kMaxGatewayNumber) {
    return Refused({ErrorCode::kReadOnly, "This ledger has used all its gateway numbers."});
  }

  GatewayDrafts drafts(command.account, number, 0);
  events::GatewayAdded& added = *drafts.Add().event.mutable_gateway_added();
  added.set_name(command.name);
  added.set_primary(command.primary);
  if (!command.labels.empty()) DraftLabels(command.labels, &drafts);
  if (!command.note.empty()) DraftNote(command.note, &drafts);
  *drafts.Add().event.mutable_key_issued()->mutable_key() =
      IssueKey(number, 1, command.key_lifetime, context);
  return std::move(drafts).Done({.gateway = number, .generation = 1, .created = true});
}

bool HasLabels(const GatewayRow& gateway, const Labels& labels) {
  return std::equal(gateway.labels().begin(), gateway.labels().end(), labels.begin(), labels.end(),
                    [](const events::Label& ours, const Labels::value_type& theirs) {
                      return ours.key() == theirs.first && ours.value() == theirs.second;
                    });
}

Decision DecideChangeGateway(const StateReader& state, const Submission& submission,
                             const ChangeGateway& command) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  GatewayDrafts drafts(*gateway);
  if (command.name && *command.name != gateway->name()) {
    if (ReadName(state, gateway->account(), *command.name)) return Refused(NameTaken());
    events::GatewayRenamed& renamed = *drafts.Add().event.mutable_gateway_renamed();
    renamed.set_name(*command.name);
    renamed.set_previous_name(gateway->name());
  }
  if (command.labels && !HasLabels(*gateway, *command.labels)) {
    DraftLabels(*command.labels, &drafts);
  }
  // What a sealed note says is not known here: the same again is a fact again.
  if (command.note && (gateway->has_note() || !command.note->empty())) {
    DraftNote(*command.note, &drafts);
  }
  return std::move(drafts).Done({.gateway = command.gateway});
}

// Authentication has checked the token already, but not in order: no event by a revoked token may
// follow its revocation in the ledger. A token that is refused because it has expired is recorded
// as expired too, so that no clock makes it work again.
std::optional<Decision> RefuseToken(const StateReader& state, const Actor& actor,
                                    Time ledger_time) {
  const std::optional<TokenRow> token = ReadToken(state, actor.token);
  if (token && IsValid(*token, ledger_time)) return std::nullopt;
  Decision refused = Refused({ErrorCode::kUnauthenticated, "This token is revoked or expired."});
  if (token && IsDue(*token, ledger_time)) refused.events.push_back(TokenExpired(actor.token));
  return refused;
}

// Null when the actor may act.
std::optional<Decision> RefuseActor(const StateReader& state, const Submission& submission,
                                    Time ledger_time) {
  switch (submission.actor.kind) {
    case Actor::Kind::kToken:
      return RefuseToken(state, submission.actor, ledger_time);
    case Actor::Kind::kPerson:
      if (std::holds_alternative<SignInPerson>(submission.command)) return std::nullopt;
      if (ReadPerson(state, submission.actor.person)) return std::nullopt;
      return Refused({ErrorCode::kUnauthenticated, "This person has never signed in."});
    case Actor::Kind::kSystem:
    case Actor::Kind::kCertificate:
    case Actor::Kind::kAddress:
      break;  // the commands that these actors may give check for themselves
  }
  return std::nullopt;
}

// Personal fields are sealed under the key of the account that the event concerns.
void NameSubjects(const StateReader& state, std::vector<Draft>* drafts) {
  std::optional<AccountRow> account;
  for (Draft& draft : *drafts) {
    if (!draft.subject.empty() || draft.personal.ByteSizeLong() == 0) continue;
    if (!account) account = ReadAccount(state, draft.event.account());
    if (account) draft.subject = account->subject();
  }
}

}  // namespace

Decision Decide(const StateReader& state, const Submission& submission, const Context& context) {
  struct Visitor {
    const StateReader& state;
    const Submission& submission;
    const Context& context;
    Decision operator()(const CreateLedger& c) { return DecideCreateLedger(state, c, context); }
    Decision operator()(const RotateCa& c) { return DecideRotateCa(state, c); }
    Decision operator()(const NameTrustDomain& c) { return DecideNameTrustDomain(state, c); }
    Decision operator()(const AdoptCheckpoint& c) { return DecideAdoptCheckpoint(state, c); }
    Decision operator()(const OpenAccount& c) { return DecideOpenAccount(state, c, context); }
    Decision operator()(const AddGateway& c) {
      return DecideAddGateway(state, submission, c, context);
    }
    Decision operator()(const ChangeGateway& c) {
      return DecideChangeGateway(state, submission, c);
    }
    Decision operator()(const RemoveGateway& c) {
      return DecideRemoveGateway(state, submission, c, context);
    }
    Decision operator()(const GenerateKey& c) {
      return DecideGenerateKey(state, submission, c, context);
    }
    Decision operator()(const RevealKey& c) {
      return DecideRevealKey(state, submission, c, context);
    }
    Decision operator()(const RevokeKey& c) {
      return DecideRevokeKey(state, submission, c, context);
    }
    Decision operator()(const DeregisterGateway& c) {
      return DecideDeregister(state, submission, c, context);
    }
    Decision operator()(const AcceptRegistration& c) { return DecideAccept(state, submission, c); }
    Decision operator()(const AcceptRegistrations& c) { return DecideAcceptAll(state, c); }
    Decision operator()(const CreateToken& c) { return DecideCreateToken(state, c, context); }
    Decision operator()(const RotateToken& c) { return DecideRotateToken(state, c, context); }
    Decision operator()(const RevokeToken& c) { return DecideRevokeToken(state, c, context); }
    Decision operator()(const SignInPerson& c) { return DecideSignInPerson(c); }
    Decision operator()(const RedeemKey& c) {
      return DecideRedeemKey(state, submission, c, context);
    }
    Decision operator()(const Renew& c) { return DecideRenew(state, submission, c, context); }
    Decision operator()(const CheckIn& c) { return DecideCheckIn(state, submission, c, context); }
    Decision operator()(const SuspectSharing& c) {
      return DecideSuspectSharing(state, submission, c, context);
    }
    Decision operator()(const DeregisterSelf& c) { return DecideDeregisterSelf(state, c, context); }
    Decision operator()(const ReportFailure& c) { return DecideReportFailure(state, c, context); }
    Decision operator()(const SendMessage& c) {
      return DecideSendMessage(state, submission, c, context);
    }
    Decision operator()(const CancelMessage& c) { return DecideCancel(state, submission, c); }
    Decision operator()(const AcknowledgeMessages& c) {
      return DecideAcknowledge(state, c, context);
    }
    Decision operator()(const AddWebhook& c) { return DecideAddWebhook(state, c, context); }
    Decision operator()(const ChangeWebhook& c) { return DecideChangeWebhook(state, c); }
    Decision operator()(const RotateWebhook& c) { return DecideRotateWebhook(state, c, context); }
    Decision operator()(const RemoveWebhook& c) { return DecideRemoveWebhook(state, c); }
    Decision operator()(const ExpireMessage& c) { return DecideExpireMessage(state, c, context); }
    Decision operator()(const AbandonRegistration& c) { return DecideAbandon(state, c, context); }
    Decision operator()(const ExpireKey& c) { return DecideExpireKey(state, c, context); }
    Decision operator()(const ExpireToken& c) { return DecideExpireToken(state, c, context); }
    Decision operator()(const DisconnectGateway& c) { return DecideDisconnect(state, c, context); }
  };
  if (auto refused = RefuseActor(state, submission, context.ledger_time))
    return *std::move(refused);
  Decision decision = std::visit(Visitor{state, submission, context}, submission.command);
  NameSubjects(state, &decision.events);
  return decision;
}

}  // namespace latchkey::domain
