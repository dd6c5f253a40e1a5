#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <pwd.h>

#include "tools/bench/baselines.h"
#include "tools/bench/load_process.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr std::chrono::seconds kSetUpPatience{120};
constexpr std::chrono::seconds kStartPatience{20};

// Keys are random over the whole table, so that nearly every update finds its row unused and syncs.
constexpr std::string_view kScript =
    "\\set k random(1, :rows)\n"
    "UPDATE keys SET used = true WHERE key = :k AND NOT used RETURNING id;\n";

// PostgreSQL refuses to run as root.
std::string RunAs() {
  if (::geteuid() != 0) return {};
  return ::getpwnam("postgres") != nullptr ? "postgres" : "nobody";
}

std::string Program(std::string_view name) { return std::string(kPrograms).append(name); }

class Cluster {
 public:
  explicit Cluster(std::filesystem::path directory) : directory_(std::move(directory)) {}

  ~Cluster() {
    if (server_) {
      server_->Signal(SIGINT);  // a fast shutdown: sessions end, no process stays behind
      server_->Wait(kStartPatience);
      server_.reset();
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  // Both refuse with kIo and the name of the failed program.
  Status Run(const std::vector<std::string>& arguments, std::string* output = nullptr) {
    auto process = ChildProcess::Start({.arguments = arguments,
                                        .environment = {"LC_ALL=C"},
                                        .user = user_,
                                        .directory = directory_,
                                        .error_log = directory_ / "log"});
    if (!process) return process.error();
    auto printed = process->ReadAll(kSetUpPatience);
    const auto code = printed ? process->Wait(kStartPatience) : std::nullopt;
    if (code != 0) return Refuse(ErrorCode::kIo, arguments[0] + " failed");
    if (output != nullptr) *output = std::move(*printed);
    return {};
  }

  Status Start() {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (error) return Refuse(ErrorCode::kIo, "no directory for PostgreSQL: " + error.message());
    if (!user_.empty()) {
      const passwd* entry = ::getpwnam(user_.c_str());
      if (entry == nullptr || ::chown(directory_.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
        return Refuse(ErrorCode::kIo, "no user to run PostgreSQL as");
      }
    }
    const std::string data = directory_ / "data";
    auto made = Run({Program("initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"});
    if (!made) return made;
    auto server = ChildProcess::Start(
        {.arguments = {Program("postgres"), "-D", data, "-c", "listen_addresses=", "-c",
                       "unix_socket_directories=" + directory_.string(), "-c", "fsync=on", "-c",
                       "synchronous_commit=on", "-c", "shared_buffers=512MB", "-c",
                       "max_wal_size=8GB", "-c", "max_connections=120"},
         .environment = {"LC_ALL=C"},
         .user = user_,
         .directory = directory_,
         .error_log = directory_ / "log"});
    if (!server) return server.error();
    server_ = std::move(*server);
    const auto until = std::chrono::steady_clock::now() + kStartPatience;
    while (!Run({Program("pg_isready"), "-q", "-h", directory_, "-U", "bench"})) {
      if (std::chrono::steady_clock::now() > until) {
        return Refuse(ErrorCode::kIo, "PostgreSQL does not start");
      }
    }
    return {};
  }

  Status Sql(const std::string& statement) {
    return Run({Program("psql"), "-q", "-X", "-v", "ON_ERROR_STOP=1", "-h", directory_, "-U",
                "bench", "-d", "postgres", "-c", statement});
  }

  Result<double> Bench(const PostgresLoad& load) {
    const auto script = directory_ / "single_use.sql";
    std::ofstream(script) << kScript;
    std::filesystem::permissions(script, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    std::string output;
    const auto ran =
        Run({Program("pgbench"), "-n", "-h", directory_, "-U", "bench", "-M", "prepared", "-f",
             script, "-D", "rows=" + std::to_string(load.keys), "-c", std::to_string(load.clients),
             "-j", "2", "-T", std::to_string(load.duration.count()), "postgres"},
            &output);
    if (!ran) return ran.error();
    constexpr std::string_view kFigure = "tps = ";
    const auto at = output.find(kFigure);
    if (at == std::string::npos) return Refuse(ErrorCode::kIo, "pgbench gave no figure");
    return std::stod(output.substr(at + kFigure.size()));
  }

 private:
  std::filesystem::path directory_;
  std::string user_ = RunAs();
  std::optional<ChildProcess> server_;
};

}  // namespace

Result<double> MeasurePostgres(const std::filesystem::path& scratch, const PostgresLoad& load) {
  if (!std::filesystem::exists(Program("postgres"))) {
    return Refuse(ErrorCode::kNotFound, "PostgreSQL 15 is not installed (postgresql-15)");
  }
  Cluster cluster(scratch);
  if (auto started = cluster.Start(); !started) return started.error();
  for (const std::string& statement :
       {std::string("CREATE TABLE keys (id bigint NOT NULL, key bigint PRIMARY KEY,"
                    " used boolean NOT NULL)"),
        "INSERT INTO keys SELECT i, i, false FROM generate_series(1, " + std::to_string(load.keys) +
            ") AS i",
        std::string("VACUUM ANALYZE keys"), std::string("CHECKPOINT")}) {
    if (auto done = cluster.Sql(statement); !done) return done.error();
  }
  return cluster.Bench(load);
}

}  // namespace latchkey::tools
