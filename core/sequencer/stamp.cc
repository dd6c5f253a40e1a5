#include "core/sequencer/stamp.h"

#include <utility>

#include "core/domain/decision.h"

namespace latchkey {
namespace {

void SetActor(const domain::Actor& from, events::Actor* to) {
  switch (from.kind) {
    case domain::Actor::Kind::kSystem:
      to->set_kind(events::Actor::SYSTEM);
      return;
    case domain::Actor::Kind::kToken:
      to->set_kind(events::Actor::TOKEN);
      to->set_token(from.token);
      return;
    case domain::Actor::Kind::kCertificate:
      to->set_kind(events::Actor::CERTIFICATE);
      to->set_certificate_sha256(from.certificate_sha256);
      return;
    case domain::Actor::Kind::kPerson:
      to->set_kind(events::Actor::PERSON);
      to->set_person(from.person);
      return;
    case domain::Actor::Kind::kAddress:
      to->set_kind(events::Actor::ADDRESS);
      return;
  }
}

void SetRequest(const domain::Submission& submission, events::Event* event) {
  SetActor(submission.actor, event->mutable_actor());
  event->set_request_id(submission.request_id);
  if (!submission.idempotency) return;
  event->mutable_idempotency()->set_key_sha256(submission.idempotency->key_sha256);
  event->mutable_idempotency()->set_request_sha256(submission.idempotency->request_sha256);
}

}  // namespace

Result<events::Event> Stamp(domain::Draft draft, std::uint64_t sequence, Time time,
                            const domain::Submission& submission, Subjects& subjects,
                            Random& random) {
  events::Event event = std::move(draft.event);
  event.set_sequence(sequence);
  event.set_time_us(ToMicros(time));
  if (draft.by_timer) {
    event.mutable_actor()->set_kind(events::Actor::SYSTEM);
  } else {
    SetRequest(submission, &event);
  }
  event.set_salt(random.Bytes(kSaltBytes));
  if (!draft.subject.empty()) {
    Result<events::Sealed> sealed = subjects.Seal(draft.subject, draft.personal, random);
    if (!sealed) return sealed.error();
    *event.mutable_sealed() = *std::move(sealed);
  }
  return event;
}

domain::Answer AnswerFrom(std::span<const events::Event> made) {
  domain::Answer answer;
  for (const events::Event& event : made) {
    answer.gateway = event.gateway();
    if (event.has_key_issued()) {
      answer.generation = event.key_issued().key().generation();
      answer.created = true;
    } else if (event.has_key_regenerated()) {
      answer.generation = event.key_regenerated().key().generation();
      answer.created = true;
    } else if (event.has_key_revealed()) {
      answer.generation = event.key_revealed().generation();
    } else if (event.has_account_opened()) {
      answer.created = true;
    } else if (event.has_message_sent()) {
      answer.message = event.message_sent().message();
      answer.created = true;
    } else if (event.has_message_ended()) {
      answer.message = event.message_ended().message();
    } else if (event.has_webhook_added()) {
      answer.webhook = event.webhook_added().webhook();
      answer.created = true;
    } else if (event.has_webhook_changed()) {
      answer.webhook = event.webhook_changed().webhook();
    } else if (event.has_webhook_secret_rotated()) {
      answer.webhook = event.webhook_secret_rotated().webhook();
    } else if (event.has_webhook_removed()) {
      answer.webhook = event.webhook_removed().webhook();
    } else if (event.has_operator_token_created()) {
      answer.token = event.operator_token_created().token();
      answer.created = true;
    } else if (event.has_operator_token_rotated()) {
      answer.token = event.operator_token_rotated().token();
    } else if (event.has_operator_token_revoked()) {
      answer.token = event.operator_token_revoked().token();
    }
  }
  return answer;
}

}  // namespace latchkey
