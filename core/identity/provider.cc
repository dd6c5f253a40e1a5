#include "core/identity/provider.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "core/http/http_client.h"
#include "core/identity/forms.h"
#include "core/identity/json.h"

namespace latchkey::identity {
namespace {

using std::chrono::seconds;

Error Unreachable(std::string detail) {
  return {ErrorCode::kProviderUnreachable, std::move(detail), {}};
}

Error Ending() { return Unreachable("This server is being stopped."); }

// The time of the last fetch, and of the last successful one; on the steady clock.
struct Fetched {
  std::optional<Micros> tried;
  std::optional<Micros> had;
};

// A URL split into the two parts that the client needs.
std::pair<std::string, std::string> SplitUrl(const std::string& url) {
  const std::size_t slash = url.find('/', std::string_view("https://").size());
  if (slash == std::string::npos) return {url, "/"};
  return {url.substr(0, slash), url.substr(slash)};
}

}  // namespace

struct Provider::Impl {
  Impl(Config given, const Clock& clock_given, Options options_given)
      : config(std::move(given)), clock(clock_given), options(std::move(options_given)) {}

  // One thing to fetch: `run` with the thread's time, `give_up` when it will not be run.
  struct Job {
    std::function<void()> run;
    std::function<void(Error)> give_up;
  };

  Status Queue(Job job) {
    {
      const std::lock_guard lock(mutex);
      if (stopping) return Ending();
      if (jobs.size() >= kMaxQueuedFetches) {
        return Refuse(ErrorCode::kOverloaded,
                      "Too many requests are waiting for the provider. Try again later.");
      }
      jobs.push_back(std::move(job));
    }
    wake.notify_one();
    return {};
  }

  Status QueueFetch(std::function<Status()> fetch, Done done) {
    return Queue({[fetch = std::move(fetch), done] { done(fetch()); },
                  [done](Error error) { done(std::move(error)); }});
  }

  void Run() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return stopping || !jobs.empty(); });
      if (stopping) break;
      const Job job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job.run();
      lock.lock();
    }
    const std::deque<Job> left = std::move(jobs);
    lock.unlock();
    for (const Job& job : left) job.give_up(Ending());
  }

  // --- On the fetching thread ---

  Result<ClientResponse> Fetch(const std::string& url, ClientRequest request) {
    auto [base, target] = SplitUrl(url);
    request.target = std::move(target);
    request.headers.push_back("Accept: application/json");
    HttpClient::Options settings;
    settings.url = std::move(base);
    settings.trust.ca_file = config.ca_file;
    settings.timeout = options.timeout;
    settings.max_answer_bytes = kMaxProviderAnswerBytes;
    settings.cancelled = [this] { return stopping.load(); };
    HttpClient client(std::move(settings));
    auto response = client.Send(request);
    if (response) return *std::move(response);
    return Problem(response.error().message);
  }

  Error Problem(std::string why) const {
    if (options.on_problem) options.on_problem(why);
    return Unreachable("The OpenID provider cannot be asked now. Try again later.");
  }

  Result<std::string> Get(const std::string& url) {
    Result<ClientResponse> response = Fetch(url, {.method = "GET", .target = ""});
    if (!response) return response.error();
    if (response->status == 200) return std::move(response->body);
    return Problem(url + " answers " + std::to_string(response->status));
  }

  bool Within(const std::optional<Micros>& at, seconds span) const {
    return at && clock.Steady() - *at < span;
  }

  Status FetchMetadata() {
    if (Within(metadata_fetched.had, options.fresh)) return {};
    if (Within(metadata_fetched.tried, options.retry_after)) return Known(metadata);
    metadata_fetched.tried = clock.Steady();
    const Result<std::string> text = Get(MetadataUrl(config.issuer));
    if (!text) return Known(metadata);
    const Result<Metadata> read = ReadMetadata(config, *text);
    if (!read) return Problem(read.error().detail);
    metadata_fetched.had = clock.Steady();
    Keep(&metadata, std::make_shared<const Metadata>(*read));
    return {};
  }

  // The first token under an unknown key causes a fetch at once, as after a rotation; further ones,
  // whose keys may be made up, must wait. Requests from before the end of the last fetch are served
  // by it.
  Status FetchKeys(Micros asked) {
    if (keys_fetched.had && *keys_fetched.had > asked) return {};
    if (keys_fetched.had && Within(refetched, options.refetch_after)) return {};
    if (Within(keys_fetched.tried, options.retry_after) && !keys_fetched.had) return Known(keys);
    if (keys_fetched.had) refetched = clock.Steady();
    keys_fetched.tried = clock.Steady();
    if (!FetchMetadata()) return Known(keys);
    const Result<std::string> text = Get(metadata->jwks_uri);
    if (!text) return Known(keys);
    Result<KeySet> read = KeySet::Parse(*text);
    if (!read) return Problem(read.error().detail);
    keys_fetched.had = clock.Steady();
    Keep(&keys, std::make_shared<const KeySet>(*std::move(read)));
    keys_at = clock.Steady();
    return {};
  }

  Result<std::string> Redeem(const std::string& code, const std::string& verifier) {
    if (Status known = FetchMetadata(); !known) return known.error();
    Fields fields = {{"grant_type", "authorization_code"},
                     {"code", code},
                     {"redirect_uri", redirect_uri},
                     {"code_verifier", verifier}};
    ClientRequest request{.method = "POST", .target = ""};
    const bool secret_in_body = config.client_secret != nullptr && metadata->secret_in_body;
    if (config.client_secret == nullptr || secret_in_body) {
      fields.emplace_back("client_id", config.client_id);
    }
    if (secret_in_body) fields.emplace_back("client_secret", config.client_secret->view());
    if (config.client_secret != nullptr && !secret_in_body) {
      request.headers.push_back(BasicAuthorization(config.client_id, config.client_secret->view()));
    }
    request.body = EncodeForm(fields);
    request.body_type = "application/x-www-form-urlencoded";
    const Result<ClientResponse> response = Fetch(metadata->token_endpoint, std::move(request));
    if (!response) return response.error();
    return ReadIdToken(*response);
  }

  Result<std::string> ReadIdToken(const ClientResponse& response) const {
    const auto object = ParseObject(response.body);
    if (response.status == 200) {
      if (auto token = object ? TextOf(*object, "id_token") : std::nullopt)
        return *std::move(token);
      return Problem("the token endpoint gives no ID token");
    }
    const std::string code = object ? TextOf(*object, "error").value_or("") : "";
    if (options.on_problem) {
      options.on_problem("the token endpoint answers " + std::to_string(response.status) + " " +
                         code.substr(0, 64));
    }
    // RFC 6749 §5.2; of these errors only the grant is the browser's fault.
    if (response.status == 400 && code == "invalid_grant") {
      return Refuse(ErrorCode::kForbidden, "The provider refused the code of this sign-in.");
    }
    return Unreachable("The OpenID provider does not give an ID token now.");
  }

  template <typename T>
  Status Known(const std::shared_ptr<const T>& what) const {
    if (what != nullptr) return {};
    return Unreachable("The OpenID provider cannot be asked now. Try again later.");
  }

  // Only the fetching thread writes, so it reads without the lock.
  template <typename T>
  void Keep(std::shared_ptr<const T>* place, std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex);
    *place = std::move(value);
  }

  const Config config;
  const Clock& clock;
  const Options options;
  const std::string redirect_uri = config.RedirectUri();

  Fetched metadata_fetched;  // these three belong to the fetching thread
  Fetched keys_fetched;
  std::optional<Micros> refetched;

  mutable std::mutex mutex;  // of all below
  std::condition_variable wake;
  std::atomic<bool> stopping{false};
  std::deque<Job> jobs;
  std::shared_ptr<const Metadata> metadata;
  std::shared_ptr<const KeySet> keys;
  std::atomic<bool> renewing{false};
  std::atomic<Micros> keys_at{Micros(0)};
  std::thread thread;
};

Provider::Provider(Config config, const Clock& clock, Options options)
    : impl_(std::make_unique<Impl>(std::move(config), clock, std::move(options))) {
  (void)FetchKeys([](const Status&) {});
  impl_->thread = std::thread([impl = impl_.get()] { impl->Run(); });
}

Provider::~Provider() {
  Stop();
  impl_->thread.join();
}

void Provider::Stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
}

const Config& Provider::config() const { return impl_->config; }

std::shared_ptr<const Metadata> Provider::metadata() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->metadata;
}

std::shared_ptr<const KeySet> Provider::keys() {
  std::shared_ptr<const KeySet> keys;
  {
    const std::lock_guard lock(impl_->mutex);
    keys = impl_->keys;
  }
  const Micros age = impl_->clock.Steady() - impl_->keys_at.load();
  if (keys != nullptr && age >= impl_->options.fresh && !impl_->renewing.exchange(true)) {
    const Status queued =
        FetchKeys([impl = impl_.get()](const Status&) { impl->renewing = false; });
    if (!queued) impl_->renewing = false;
  }
  return age >= impl_->options.stale ? nullptr : keys;
}

Status Provider::FetchMetadata(Done done) {
  return impl_->QueueFetch([impl = impl_.get()] { return impl->FetchMetadata(); }, std::move(done));
}

Status Provider::FetchKeys(Done done) {
  const Micros asked = impl_->clock.Steady();
  return impl_->QueueFetch([impl = impl_.get(), asked] { return impl->FetchKeys(asked); },
                           std::move(done));
}

Status Provider::Redeem(std::string code, std::string verifier, TokenDone done) {
  return impl_->Queue({[impl = impl_.get(), code = std::move(code), verifier = std::move(verifier),
                        done] { done(impl->Redeem(code, verifier)); },
                       [done](Error error) { done(std::move(error)); }});
}

}  // namespace latchkey::identity
