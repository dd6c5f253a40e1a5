#include "tools/verify/signature_check.h"

#include <algorithm>
#include <utility>

#include "core/crypto/certificates.h"
#include "tools/verify/effort.h"
#include "tools/verify/findings.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kMaxBatchesWaiting = 256;

}  // namespace

SignatureCheck::SignatureCheck() {
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

SignatureCheck::~SignatureCheck() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void SignatureCheck::Add(SignatureToCheck signature) {
  ++count_;
  next_.push_back(std::move(signature));
  if (next_.size() == kBatch) HandOver();
}

void SignatureCheck::HandOver() {
  if (next_.empty()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kMaxBatchesWaiting; });
  waiting_.push_back(std::exchange(next_, {}));
  changed_.notify_all();
}

std::vector<domain::Violation> SignatureCheck::Drain() {
  HandOver();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && busy_ == 0; });
  return std::exchange(found_, {});
}

void SignatureCheck::Run() {
  std::unique_lock lock(mutex_);
  double told = 0;
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Batch batch = std::move(waiting_.front());
    waiting_.pop_front();
    ++busy_;
    lock.unlock();
    std::vector<domain::Violation> found;
    for (const SignatureToCheck& signature : batch) Check(signature, &found);
    const double spent = ThreadSeconds();
    lock.lock();
    if (found_.size() < kMaxViolations) found_.insert(found_.end(), found.begin(), found.end());
    seconds_ += spent - std::exchange(told, spent);
    --busy_;
    changed_.notify_all();
  }
}

void SignatureCheck::Check(const SignatureToCheck& signature,
                           std::vector<domain::Violation>* found) {
  if (!crypto::IsIssuedBy(signature.certificate, *signature.ca)) {
    found->push_back(
        {signature.sequence, "certificate-is-of-the-ca",
         std::string(signature.fact) + " holds a certificate that the CA in force did not sign"});
  }
  if (signature.name.empty() || crypto::IsNamedAlone(signature.certificate, signature.name)) return;
  found->push_back(
      {signature.sequence, "certificate-names-its-gateway",
       std::string(signature.fact) + " holds a certificate that does not name its gateway alone"});
}

}  // namespace latchkey::tools
