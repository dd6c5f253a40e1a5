// Which etcd a client takes, and in which words it refuses another.
#include "core/etcd/client.h"

#include <chrono>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "core/etcd/rpc.grpc.pb.h"
#include "tests/etcd/cluster_node.h"
#include "tests/etcd/etcd_cluster.h"
#include "tests/support/fixed_address.h"

namespace latchkey::etcd {
namespace {

using namespace std::chrono_literals;
using testing::EtcdAccess;
using testing::EtcdCertificates;
using testing::EtcdCluster;

// One round over the endpoints.
constexpr std::chrono::milliseconds kNoPatience = 1ms;
// Of an attempt that a slow machine must not end.
constexpr std::chrono::milliseconds kLongEnough = 30s;

// An etcd of any version, as far as it says who it is.
class OtherEtcd final : public etcdserverpb::Maintenance::Service {
 public:
  OtherEtcd(const EtcdCertificates& certificates, std::string version)
      : version_(std::move(version)) {
    grpc::SslServerCredentialsOptions tls(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = certificates.ca_pem();
    tls.pem_key_cert_pairs.push_back({certificates.server_key_pem(), certificates.server_pem()});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  grpc::Status Status(grpc::ServerContext*, const etcdserverpb::StatusRequest*,
                      etcdserverpb::StatusResponse* response) override {
    response->set_version(version_);
    response->mutable_header()->set_cluster_id(1);
    return grpc::Status::OK;
  }

 private:
  const std::string version_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

Error RefusalOf(EtcdClient::Options options) {
  options.patience = kNoPatience;
  options.attempt = kLongEnough;
  const auto client = EtcdClient::Connect(std::move(options));
  EXPECT_FALSE(client);
  return client ? Refuse(ErrorCode::kNotFound, "it was not refused") : client.error();
}

void ExpectWords(const Error& error, ErrorCode code, std::initializer_list<std::string> words) {
  EXPECT_EQ(error.code, code) << error.detail;
  for (const std::string& word : words) {
    EXPECT_NE(error.detail.find(word), std::string::npos) << word << " is not in: " << error.detail;
  }
}

TEST(EtcdVersion, IsSupportedFrom3614On) {
  for (const char* version : {"3.6.14", "3.6.16", "3.7.0", "3.10.1", "4.0.0", "3.7.0-rc.1"}) {
    EXPECT_TRUE(CheckEtcdVersion("https://a:1", version)) << version;
  }
  for (const char* version : {"3.4.23", "3.5.99", "3.6.13", "3.6.0", "2.9.9", "", "3", "3.6", "x",
                              "3.6.x", "3..14", "-3.6.14"}) {
    const Status refused = CheckEtcdVersion("https://a:1", version);
    ASSERT_FALSE(refused) << version;
    ExpectWords(refused.error(), ErrorCode::kUnusable,
                {"https://a:1 is etcd " + std::string(version), "3.6.14 or newer", "upgrade"});
  }
}

TEST(EtcdClientTest, RefusesAnOlderEtcdByName) {
  const EtcdCertificates certificates;
  const OtherEtcd old(certificates, "3.4.23");
  ExpectWords(RefusalOf(certificates.Access({old.address()}).Options()), ErrorCode::kUnusable,
              {old.address() + " is etcd 3.4.23", "3.6.14 or newer", "upgrade"});
}

TEST(EtcdClientTest, RefusesOneOldMemberAmongNewOnes) {
  const EtcdCertificates certificates;
  const OtherEtcd current(certificates, "3.6.16");
  const OtherEtcd old(certificates, "3.6.13");
  ExpectWords(RefusalOf(certificates.Access({current.address(), old.address()}).Options()),
              ErrorCode::kUnusable, {old.address() + " is etcd 3.6.13"});
}

TEST(EtcdClientTest, RefusesAnotherClusterThanTheOneItWasIn) {
  auto options = testing::SharedEtcd().Options();
  const std::uint64_t right = testing::ConnectTo(testing::SharedEtcd().Options())->cluster_id();
  options.cluster_id = right ^ 1;
  ExpectWords(RefusalOf(std::move(options)), ErrorCode::kUnusable,
              {"belongs to the etcd cluster", "correct the endpoints"});
  options = testing::SharedEtcd().Options();
  options.cluster_id = right;
  EXPECT_EQ(testing::ConnectTo(std::move(options))->cluster_id(), right);
}

TEST(EtcdClientTest, RefusesEndpointsOfTwoClusters) {
  EtcdCluster one(1);
  const OtherEtcd other(one.certificates(), "3.6.16");
  EtcdAccess access = one.access();
  access.addresses.push_back(other.address());
  ExpectWords(RefusalOf(access.Options()), ErrorCode::kUnusable,
              {other.address() + " belongs to the etcd cluster 0000000000000001"});
}

TEST(EtcdClientTest, SaysThatCertificatesDoNotFit) {
  EtcdCluster cluster(1);
  const std::string address = cluster.access().addresses.front();
  const EtcdCertificates others;
  EtcdAccess wrong_ca = cluster.access();
  wrong_ca.ca_pem = others.ca_pem();
  ExpectWords(RefusalOf(wrong_ca.Options()), ErrorCode::kIo,
              {address, "certificate", "check the CA"});
  ExpectWords(RefusalOf(cluster.certificates().AccessOfStranger({address}).Options()),
              ErrorCode::kIo, {address, "certificate"});
}

TEST(EtcdClientTest, TakesOnlyUrlsWithHostAndPort) {
  for (const char* url :
       {"http://127.0.0.1:2379", "127.0.0.1:2379", "https://127.0.0.1", "https://:2379",
        "https://a:b", "https://a:1/x", "https://u@a:1", "https://a:", "", "https://a:1 "}) {
    ExpectWords(RefusalOf(testing::SharedEtcd().Options({url})), ErrorCode::kUnusable,
                {"is not an endpoint of etcd"});
  }
}

// An address at which nobody listens, now that etcd has its own.
std::string NobodysUrl() {
  (void)testing::SharedEtcd();
  return "https://" + testing::FixedAddress();
}

TEST(EtcdClientTest, SaysThatNobodyAnswers) {
  const std::string url = NobodysUrl();
  ExpectWords(RefusalOf(testing::SharedEtcd().Options({url})), ErrorCode::kIo,
              {"etcd does not answer", url, "no answer"});
}

TEST(EtcdClientTest, PassesOverAnEndpointThatIsDown) {
  auto options = testing::SharedEtcd().Options(
      {NobodysUrl(), "https://" + testing::SharedEtcd().addresses.front()});
  EXPECT_NE(testing::ConnectTo(std::move(options))->cluster_id(), 0u);
}

}  // namespace
}  // namespace latchkey::etcd
