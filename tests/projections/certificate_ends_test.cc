// Which certificates ended before their time, compared with a reading of the whole ledger.
#include "projections/certificate_ends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "core/base/hex.h"
#include "tests/projections/live_ledger.h"

namespace latchkey::testing {
namespace {

using projections::EndedCertificate;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using Why = EndedCertificate::Why;

constexpr std::int64_t kYear = 365LL * 86'400 * 1'000'000;

// CA, not after, serial, when it ended, why.
using Ended = std::tuple<std::uint32_t, std::int64_t, std::string, std::int64_t, Why>;

class CertificateEndsTest : public ::testing::Test {
 protected:
  std::vector<Ended> Found(std::uint32_t ca, Time now) const {
    std::vector<Ended> found;
    ledger_.projections().certificate_ends().Visit(ca, now, [&](const EndedCertificate& ended) {
      found.emplace_back(ca, ToMicros(ended.not_after), text::ToHex(ended.serial),
                         ToMicros(ended.ended_at), ended.why);
      return true;
    });
    return found;
  }

  // The events of a gateway that redeems a key for a certificate of this name.
  static events::Event Redeemed(const std::string& name, std::int64_t not_after_us) {
    events::Event event;
    event.set_account("acme");
    events::KeyRedeemed& fact = *event.mutable_key_redeemed();
    fact.set_certificate_sha256(name);
    fact.set_serial(text::ToHex(name));
    fact.set_not_after_us(not_after_us);
    return event;
  }
  static events::Event Deregistered(const std::string& name) {
    events::Event event;
    event.set_account("acme");
    event.mutable_gateway_deregistered()->set_certificate_sha256(name);
    return event;
  }
  static events::Event Rotated(const std::string& ca) {
    events::Event event;
    event.mutable_ca_rotated()->set_ca_certificate(ca);
    return event;
  }

  void TearDown() override {
    EXPECT_THAT(ledger_.CompareWithRebuilt(), IsEmpty());
    ledger_.Reopen();
    EXPECT_THAT(ledger_.CompareWithRebuilt(), IsEmpty());
  }

  mutable LiveLedger ledger_;
};

// Random histories, in which registrations are confirmed, replaced, abandoned and ended.
TEST_F(CertificateEndsTest, AreThoseOfTheWholeLedger) {
  ledger_.Grow(3'000);
  struct Known {
    std::string serial;
    std::int64_t not_after_us;
  };
  std::map<std::string, Known> known;
  std::vector<Ended> expected;
  const auto end = [&](const std::string& sha256, std::int64_t time_us, Why why) {
    const auto found = known.find(sha256);
    if (found == known.end()) return;
    expected.emplace_back(0, found->second.not_after_us, found->second.serial, time_us, why);
    known.erase(found);
  };
  for (const events::Event& event : ledger_.events()) {
    const std::int64_t at = event.time_us();
    if (event.has_key_redeemed()) {
      const events::KeyRedeemed& fact = event.key_redeemed();
      known[fact.certificate_sha256()] = {fact.serial(), fact.not_after_us()};
    }
    if (event.has_registration_confirmed()) {
      end(event.registration_confirmed().replaced_certificate_sha256(), at, Why::kReplaced);
    }
    if (event.has_gateway_deregistered()) {
      end(event.gateway_deregistered().certificate_sha256(), at, Why::kEnded);
    }
    if (event.has_registration_abandoned()) {
      end(event.registration_abandoned().certificate_sha256(), at, Why::kEnded);
    }
    if (event.has_installation_failed()) {
      end(event.installation_failed().certificate_sha256(), at, Why::kEnded);
    }
  }
  std::sort(expected.begin(), expected.end());
  ASSERT_GT(expected.size(), 20u);
  EXPECT_THAT(Found(0, Time()), ElementsAreArray(expected));
  EXPECT_EQ(ledger_.projections().certificate_ends().count(), expected.size());
  // What is left in force is what the state holds as pending or current.
  for (const auto& [sha256, certificate] : known) {
    const auto row = domain::ReadCertificate(ledger_.projections().state(), sha256);
    ASSERT_TRUE(row);
    EXPECT_TRUE(row->state() == domain::CertificateRow::CURRENT ||
                row->state() == domain::CertificateRow::PENDING);
  }
}

TEST_F(CertificateEndsTest, AreThoseOfOneCaThatWouldLastBeyondNow) {
  ledger_.Append({Redeemed("a", kYear), Redeemed("b", 2 * kYear), Deregistered("a")});
  ledger_.Append({Rotated("second"), Redeemed("c", 3 * kYear), Deregistered("b")});
  ledger_.Append({Deregistered("c"), Deregistered("c"), Deregistered("never made")});
  const auto serials = [&](std::uint32_t ca, std::int64_t now_us) {
    std::string all;
    for (const Ended& ended : Found(ca, FromMicros(now_us))) all += std::get<2>(ended) + " ";
    return all;
  };
  EXPECT_EQ(serials(0, 0), "61 62 ");
  EXPECT_EQ(serials(0, kYear - 1), "61 62 ");
  EXPECT_EQ(serials(0, kYear), "62 ") << "it has ended by itself";
  EXPECT_EQ(serials(0, 2 * kYear), "");
  EXPECT_EQ(serials(1, 0), "63 ");
  EXPECT_EQ(serials(2, 0), "");
}

TEST_F(CertificateEndsTest, AreAlsoThoseOfRenewals) {
  const auto renewed = [](const std::string& name, const std::string& superseded) {
    events::Event event;
    event.set_account("acme");
    event.set_gateway(7);
    events::RenewalIssued& fact = *event.mutable_renewal_issued();
    fact.set_certificate_sha256(name);
    fact.set_serial(text::ToHex(name));
    fact.set_not_after_us(kYear);
    fact.set_superseded_certificate_sha256(superseded);
    return event;
  };
  const auto used = [](const std::string& previous) {
    events::Event event;
    event.set_account("acme");
    event.set_gateway(7);
    event.mutable_certificate_renewed()->set_previous_certificate_sha256(previous);
    return event;
  };
  events::Event ended = Deregistered("c");
  ended.set_gateway(7);
  ledger_.Append({Redeemed("a", kYear), renewed("b", ""), renewed("c", "b"), used("a")});
  EXPECT_EQ(Found(0, Time()).size(), 2u) << "what was superseded, and what gave way";
  ledger_.Append({renewed("d", ""), ended});
  EXPECT_EQ(Found(0, Time()).size(), 4u) << "the one in force, and the one that was not used yet";
}

TEST_F(CertificateEndsTest, KnowWhenTheLastCertificateOfACaEnds) {
  const auto last = [&](std::uint32_t ca) {
    return ToMicros(ledger_.projections().certificate_ends().LastEnd(ca));
  };
  EXPECT_EQ(last(0), 0);
  ledger_.Append({Redeemed("a", 2 * kYear), Redeemed("b", kYear)});
  ledger_.Append({Rotated("second"), Redeemed("c", kYear)});
  EXPECT_EQ(last(0), 2 * kYear);
  EXPECT_EQ(last(1), kYear);
  ledger_.Append({Redeemed("d", 3 * kYear), Deregistered("d")});
  EXPECT_EQ(last(1), 3 * kYear)
      << "an ended certificate is refused by those alone who see the list";
}

TEST_F(CertificateEndsTest, VisitsStopWhenToldTo) {
  ledger_.Append(
      {Redeemed("a", kYear), Redeemed("b", kYear), Deregistered("a"), Deregistered("b")});
  int visited = 0;
  ledger_.projections().certificate_ends().Visit(0, Time(), [&](const EndedCertificate&) {
    ++visited;
    return false;
  });
  EXPECT_EQ(visited, 1);
}

}  // namespace
}  // namespace latchkey::testing
