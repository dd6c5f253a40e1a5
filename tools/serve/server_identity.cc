#include "tools/serve/server_identity.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "api/http/address.h"
#include "core/crypto/files.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kLifetime = 90 * 24h;
constexpr std::chrono::seconds kRenewAfter = 60 * 24h;
// Clients whose clock is ahead of ours are not shown a certificate that has ended for them.
constexpr std::chrono::seconds kKeptMargin = 1h;
constexpr std::chrono::seconds kSetBack = 60s;  // certificates are backdated by more than this

bool IsWildcard(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

std::vector<std::string> MachineAddresses() {
  std::vector<std::string> found;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return found;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    char text[INET6_ADDRSTRLEN] = {};
    const int family = each->ifa_addr->sa_family;
    const void* address = nullptr;
    if (family == AF_INET) {
      address = &reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr;
    } else if (family == AF_INET6) {
      const auto* six = reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
      if (IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr)) continue;  // meaningless without its interface
      address = &six->sin6_addr;
    }
    if (address != nullptr && ::inet_ntop(family, address, text, sizeof text) != nullptr) {
      found.emplace_back(text);
    }
  }
  ::freeifaddrs(list);
  return found;
}

}  // namespace

std::vector<std::string> ServerNames(const std::vector<std::string>& addresses,
                                     const std::vector<std::string>& names) {
  std::vector<std::string> all = {"localhost", "127.0.0.1", "::1"};
  const auto add = [&](const std::string& name) {
    if (!crypto::IsServerName(name)) return;  // a machine's host name may be invalid
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  };
  for (const std::string& address : addresses) {
    const auto host = api::HostOf(address);
    if (!host) continue;
    if (!IsWildcard(*host)) {
      add(*host);
      continue;
    }
    for (const std::string& each : MachineAddresses()) add(each);
    char machine[HOST_NAME_MAX + 1] = {};
    if (::gethostname(machine, sizeof machine - 1) == 0 && machine[0] != '\0') add(machine);
  }
  for (const std::string& name : names) add(name);
  return all;
}

std::filesystem::file_time_type ServerIdentity::Changed() const {
  std::error_code unreadable;  // a file that is just being replaced: checked again next time
  const auto certificate = std::filesystem::last_write_time(files_.certificate, unreadable);
  const auto key = std::filesystem::last_write_time(files_.key, unreadable);
  return unreadable ? changed_ : std::max(certificate, key);
}

Result<crypto::CertificateAuthority::Material> ServerIdentity::Get() {
  if (kept_ && clock_.Now() < kept_->not_after - kKeptMargin) {
    return crypto::CertificateAuthority::Material{
        kept_->material.certificate_pem,
        crypto::Secret(std::string(kept_->material.key_pem.view()))};
  }
  kept_.reset();
  if (files_.certificate.empty()) {
    made_at_ = clock_.Now();
    return ca_.SignServer(names_, made_at_, kLifetime, random_, bridge_pem_);
  }
  changed_ = Changed();
  auto certificate = crypto::ReadSmallFile(files_.certificate);
  if (!certificate) return certificate.error();
  auto key = crypto::ReadSmallFile(files_.key);
  if (!key) return key.error();
  return crypto::CertificateAuthority::Material{*std::move(certificate),
                                                crypto::Secret(*std::move(key))};
}

bool ServerIdentity::Due() const {
  if (!files_.certificate.empty()) return Changed() != changed_;
  const Time now = clock_.Now();
  if (kept_) return now >= kept_->not_after - kKeptMargin;
  return now >= made_at_ + kRenewAfter || now < made_at_ - kSetBack;
}

}  // namespace latchkey::tools
