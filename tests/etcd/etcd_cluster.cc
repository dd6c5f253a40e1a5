#include "tests/etcd/etcd_cluster.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "core/base/check.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "core/etcd/rpc.pb.h"
#include "tests/support/fixed_address.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using crypto::CertificateAuthority;

constexpr std::chrono::hours kCertificateLife = 24h;
// Enough for a start or an election on a machine with much else to do.
constexpr std::chrono::milliseconds kTestPatience = 30s;
// Names the directory of the shared etcd to the programs that death tests start.
constexpr const char* kSharedVariable = "LATCHKEY_SHARED_ETCD";

void Write(const std::filesystem::path& path, std::string_view content) {
  Check(crypto::WriteFileDurably(path, content, true).has_value(), "a file of the test is written");
}

struct ClientPair {
  std::string certificate_pem;
  std::string key_pem;
};

ClientPair MakeClient(const CertificateAuthority& ca, Time now, Random& random) {
  const crypto::Secret key = crypto::CreateGatewayKey();
  const auto csr = crypto::CheckCsr(*crypto::CreateCsr(key.view(), "latchkey"));
  Check(csr.has_value(), "our own signing request is valid");
  const auto issued =
      ca.SignGateway(*csr, {"latchkey", "latchkey:test"}, now, kCertificateLife, random);
  return {crypto::DerToPem(issued.der), std::string(key.view())};
}

// The program that the wrapper of these tests has compiled.
std::string Binary() {
  const char* binary = std::getenv("LATCHKEY_ETCD_BINARY");
  Check(binary != nullptr, "run this test through ctest or tests/etcd/run.sh");
  return binary;
}

void Signal(pid_t process, int signal) {
  Check(::kill(process, signal) == 0, "a member of etcd is running");
}

// Starts a program whose output goes to `log`; it is killed when this thread ends.
pid_t Spawn(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int output = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  Check(output >= 0 && child >= 0, "etcd can be started");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(1);
  }
  ::close(output);
  return child;
}

struct SharedCluster {
  EtcdCluster cluster{1};
  EtcdAccess access = cluster.access();
};
std::unique_ptr<SharedCluster> shared_cluster;

class EndsSharedCluster final : public ::testing::Environment {
 public:
  void TearDown() override { shared_cluster.reset(); }
};
const auto* const kEndsSharedCluster =
    ::testing::AddGlobalTestEnvironment(new EndsSharedCluster);  // gtest owns it

}  // namespace

etcd::EtcdClient::Options EtcdAccess::Options(std::vector<std::string> endpoints) const {
  if (endpoints.empty()) {
    for (const std::string& address : addresses) endpoints.push_back("https://" + address);
  }
  etcd::EtcdClient::Options options;
  options.endpoints = std::move(endpoints);
  options.ca_pem = ca_pem;
  options.certificate_pem = certificate_pem;
  options.key_pem = crypto::Secret(key_pem);
  options.patience = kTestPatience;
  return options;
}

EtcdCertificates::EtcdCertificates() {
  crypto::SystemRandom random;
  const Time now = SystemClock().Now();
  const auto material = CertificateAuthority::Create("Test etcd", now, random);
  const auto ca = CertificateAuthority::Load(material);
  const auto other =
      CertificateAuthority::Load(CertificateAuthority::Create("Test etcd", now, random));
  Check(ca && other, "our own CA is valid");
  ca_pem_ = material.certificate_pem;
  const auto server = (*ca)->SignServer({"127.0.0.1"}, now, kCertificateLife, random);
  server_pem_ = server.certificate_pem;
  server_key_pem_ = server.key_pem.view();
  ClientPair client = MakeClient(**ca, now, random);
  client_pem_ = std::move(client.certificate_pem);
  client_key_pem_ = std::move(client.key_pem);
  ClientPair stranger = MakeClient(**other, now, random);
  stranger_pem_ = std::move(stranger.certificate_pem);
  stranger_key_pem_ = std::move(stranger.key_pem);
  Write(file("ca.crt"), ca_pem_);
  Write(file("server.crt"), server_pem_);
  Write(file("server.key"), server_key_pem_);
  Write(file("client.crt"), client_pem_);
  Write(file("client.key"), client_key_pem_);
}

EtcdAccess EtcdCertificates::Access(std::vector<std::string> addresses) const {
  return {std::move(addresses), ca_pem_, client_pem_, client_key_pem_};
}

EtcdAccess EtcdCertificates::AccessOfStranger(std::vector<std::string> addresses) const {
  return {std::move(addresses), ca_pem_, stranger_pem_, stranger_key_pem_};
}

EtcdCluster::EtcdCluster(std::size_t members) {
  addresses_ = FixedAddresses(2 * members);
  peer_addresses_.assign(addresses_.begin() + static_cast<std::ptrdiff_t>(members),
                         addresses_.end());
  addresses_.resize(members);
  members_.resize(members);
  for (std::size_t i = 0; i < members; ++i) {
    initial_cluster_ +=
        (i == 0 ? "m" : ",m") + std::to_string(i) + "=https://" + peer_addresses_[i];
  }
  for (std::size_t i = 0; i < members; ++i) Start(i);
  for (std::size_t i = 0; i < members; ++i) AwaitAnswer(i);
}

void EtcdCluster::Start(std::size_t member) {
  const std::string name = "m" + std::to_string(member);
  const std::string url = "https://" + addresses_[member];
  const std::string peer_url = "https://" + peer_addresses_[member];
  const auto file = [&](const char* of) { return certificates_.file(of); };
  members_[member] = Spawn(
      {
          Binary(),
          "--name=" + name,
          "--data-dir=" + (data_ / name).string(),
          "--listen-client-urls=" + url,
          "--advertise-client-urls=" + url,
          "--listen-peer-urls=" + peer_url,
          "--initial-advertise-peer-urls=" + peer_url,
          "--initial-cluster=" + initial_cluster_,
          "--cert-file=" + file("server.crt"),
          "--key-file=" + file("server.key"),
          "--trusted-ca-file=" + file("ca.crt"),
          "--client-cert-auth",
          "--peer-cert-file=" + file("server.crt"),
          "--peer-key-file=" + file("server.key"),
          "--peer-client-cert-file=" + file("client.crt"),
          "--peer-client-key-file=" + file("client.key"),
          "--peer-trusted-ca-file=" + file("ca.crt"),
          "--peer-client-cert-auth",
          "--enable-grpc-gateway=false",
          "--log-level=warn",
          "--unsafe-no-fsync",  // no test here loses power
      },
      (data_ / (name + ".log")).string());
}

void EtcdCluster::AwaitAnswer(std::size_t member) {
  const auto client =
      etcd::EtcdClient::Connect(access().Options({"https://" + addresses_[member]}));
  etcdserverpb::RangeRequest any;
  any.set_key("any");
  Status answered;
  if (!client) answered = client.error();
  if (client) {
    if (const auto answer = (*client)->Range(any); !answer) answered = answer.error();
  }
  if (answered) return;
  std::fprintf(stderr, "%s\n%s\n", answered.error().detail.c_str(),
               ReadFile(data_ / ("m" + std::to_string(member) + ".log")).c_str());
  Check(false, "etcd answers; above is what it said");
}

void EtcdCluster::Restart(std::size_t member,
                          const std::function<void(const std::filesystem::path& data)>& meanwhile) {
  Signal(members_[member], SIGKILL);
  ::waitpid(members_[member], nullptr, 0);
  meanwhile(data_ / ("m" + std::to_string(member)));
  Start(member);
  AwaitAnswer(member);
}

EtcdCluster::~EtcdCluster() {
  for (const pid_t member : members_) Signal(member, SIGKILL);
  for (const pid_t member : members_) ::waitpid(member, nullptr, 0);
}

void EtcdCluster::Freeze(std::size_t member) {
  Signal(members_[member], SIGSTOP);
  int status = 0;
  ::waitpid(members_[member], &status, WUNTRACED);
  Check(WIFSTOPPED(status), "a member of etcd stops");
}

void EtcdCluster::Thaw(std::size_t member) { Signal(members_[member], SIGCONT); }

const EtcdAccess& SharedEtcd() {
  static EtcdAccess of_parent;
  if (shared_cluster != nullptr) return shared_cluster->access;
  if (!of_parent.addresses.empty()) return of_parent;
  if (const char* directory = std::getenv(kSharedVariable)) {
    const std::filesystem::path files = directory;
    of_parent = {{ReadFile(files / "address")},
                 ReadFile(files / "ca.crt"),
                 ReadFile(files / "client.crt"),
                 ReadFile(files / "client.key")};
    return of_parent;
  }
  shared_cluster = std::make_unique<SharedCluster>();
  const EtcdCertificates& certificates = shared_cluster->cluster.certificates();
  Write(certificates.file("address"), shared_cluster->access.addresses.front());
  ::setenv(kSharedVariable, certificates.file("").c_str(), 1);
  return shared_cluster->access;
}

}  // namespace latchkey::testing
