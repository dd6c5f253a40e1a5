#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/base/limits.h"
#include "core/base/printable.h"
#include "core/crypto/files.h"
#include "core/domain/invariants.h"
#include "core/log/cosignature.h"
#include "core/rocks/rocks.h"
#include "tools/cli/commands.h"
#include "tools/cli/fingerprint.h"
#include "tools/cli/progress.h"
#include "tools/cli/verifier_key.h"
#include "tools/client/server_url.h"
#include "tools/client/token_text.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/evidence.h"
#include "tools/verify/check_projections.h"
#include "tools/verify/outside.h"
#include "tools/verify/tile_log.h"
#include "tools/verify/verify.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

// Invariant 4, which needs a ledger that nobody serves: compares the projections with a rebuild.
CliResult<void> VerifyProjections(const fs::path& data, const fs::path& scratch, Io& io) {
  const auto not_checked = [&](const std::string& why) {
    io.out << "Not checked: whether the projections are what it adds up to ("
           << text::PrintableLines(why) << ").\n";
    return CliResult<void>();
  };
  if (!fs::exists(data / "projections")) {
    return not_checked("there are none; the next start makes them");
  }
  std::function<void(projections::Projections::Progress)> progress;
  if (io.err_terminal) progress = ShowReplay(io.err);
  const auto checked = CheckProjections(data, scratch, progress);
  if (!checked && checked.error().code == ErrorCode::kInUse) {
    return not_checked("a server has them open; stop it to have them checked");
  }
  if (!checked) return not_checked(checked.error().detail);
  if (!checked->problems.empty()) return Fail(ExitCode::kFailed, DifferencesOf(*checked));
  io.out << fmt::format("The projections are what {} events add up to.\n", checked->size);
  return {};
}

// What took how long, and what was not read again.
void ShowEffort(const VerifyReport& report, std::ostream& out) {
  const VerifyEffort& effort = report.effort;
  if (report.resumed_at != 0) {
    out << fmt::format("The first {} events were verified before, and were not read again.\n",
                       report.resumed_at);
  }
  out << fmt::format(
      "Processor time: hashes and tree {:.1f} s, facts {:.1f} s, {} signatures "
      "{:.1f} s.\n",
      effort.hashes, effort.facts, effort.signatures, effort.signature_seconds);
}

std::string VerificationWords(const VerifyReport& report) {
  std::string words;
  if (!report.violations.empty()) {
    words = fmt::format("The ledger is not good. The first bad sequence is {}.",
                        report.violations.front().sequence);
  }
  for (const domain::Violation& violation : report.violations) {
    words +=
        fmt::format("\n  {:>8}  {}: {}", violation.sequence, violation.invariant, violation.detail);
  }
  if (report.lost_keys.empty()) return words;
  if (!words.empty()) words += '\n';
  words += fmt::format("Sealing keys are lost: {}. Put back the subjects/ of this ledger.",
                       report.lost_keys.size());
  for (const LostSealingKey& key : report.lost_keys) {
    words += fmt::format("\n  {:>8}  {}{}{}", key.sequence, text::ToHex(key.subject),
                         key.account.empty() ? "" : "  account ", key.account);
  }
  return words;
}

struct VerifyArguments {
  std::string data, scratch, resume;
  std::string url, ca, fingerprint, token_file;
  std::string proof, event;
  std::string from, to;
  std::string vkey;
  std::vector<std::string> witnesses;

  fs::path scratch_path() const {
    return scratch.empty() ? fs::temp_directory_path() : fs::path(scratch);
  }
};

CliResult<Policy> PolicyOf(const VerifyArguments& given) {
  Policy policy;
  if (!given.vkey.empty()) {
    auto key = ReadVerifierKey(given.vkey, "--vkey");
    if (!key) return key.error();
    policy.key = *std::move(key);
  }
  for (const std::string& text : given.witnesses) {
    const auto key = log::ParseCosignerKey(text);
    if (!key) return Fail(ExitCode::kUsage, "--witness: " + key.error().detail + ".");
    policy.witnesses.push_back(*key);
  }
  return policy;
}

CliResult<std::string> ReadGiven(const std::string& path, const char* option) {
  auto contents = crypto::ReadSmallFile(path);
  if (!contents)
    return Fail(ExitCode::kUsage, std::string(option) + " " + path + " cannot be read.");
  return *std::move(contents);
}

CliResult<void> VerifyDirectory(const VerifyArguments& given, Io& io) {
  const auto opened = OpenDataDirectory(given.data, io.err);
  if (!opened) return opened.error();
  const fs::path& data = *opened;
  if (!fs::exists(data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + data.string() + ".");
  }
  const rocks::Resources resources = rocks::Resources::Create();
  auto checked = OpenCheckedLog(data, resources, {.mode = log::RocksLog::Mode::kReadOnly});
  if (!checked) return Fail(checked.error());
  VerifyOptions options{.scratch = given.scratch_path(), .resume = given.resume};
  if (io.err_terminal) options.progress = ShowProgress(io.err, "verified");
  // After the log: keys are older than the events they seal.
  const auto subjects = Subjects::Open(data / "subjects", resources, Subjects::Access::kRead);
  if (subjects && (*subjects)->made() < checked->sealing_keys) options.subjects = subjects->get();
  auto report = Verify(*checked->log, options);
  if (!report) return Fail(report.error());
  if (!report->good()) return Fail(ExitCode::kLedger, VerificationWords(*report));
  io.out << fmt::format("The ledger is good: {} events, root {}.\n", report->size,
                        text::ToBase64(report->root));
  ShowEffort(*report, io.out);
  if (!subjects) {
    return Fail(ExitCode::kLedger, "But " + subjects.error().detail +
                                       ": what was sealed cannot be read. Put back the subjects/ "
                                       "of this ledger.");
  }
  return VerifyProjections(data, given.scratch_path(), io);
}

CliResult<std::unique_ptr<TileLog>> ConnectTo(const VerifyArguments& given) {
  auto url = ReadServerUrl(given.url, "--url");
  if (!url) return url.error();
  std::string token;
  if (!given.token_file.empty()) {
    auto contents = ReadGiven(given.token_file, "--token-file");
    if (!contents) return contents.error();
    auto read = ReadTokenText(*contents, given.token_file);
    if (!read) return read.error();
    token = read->view();
  }
  HttpClient::Options options;
  options.url = *std::move(url);
  options.trust.ca_file = given.ca;
  options.trust.ca_sha256 = ParseFingerprint(given.fingerprint);
  options.max_answer_bytes = log::kTileWidth * (ledger_limits::kMaxEntryBytes + 2);
  return std::make_unique<TileLog>(HttpClient(std::move(options)), std::move(token));
}

// Its own answer when the server cannot be reached, which says nothing about the ledger.
Failure FailAway(const Error& error) {
  return error.code == ErrorCode::kIo ? Fail(ExitCode::kTryAgain, error.detail + ".") : Fail(error);
}

CliResult<void> VerifyServed(const VerifyArguments& given, Io& io) {
  auto policy = PolicyOf(given);
  if (!policy) return policy.error();
  auto log = ConnectTo(given);
  if (!log) return log.error();
  const auto note = (*log)->FetchCheckpoint();
  if (!note) return FailAway(note.error());
  const auto checkpoint = CheckNote(*note, *policy);
  if (!checkpoint) return Fail(checkpoint.error());
  (*log)->Open(checkpoint->head);
  VerifyOptions options{.scratch = given.scratch_path(), .resume = given.resume, .outside = true};
  if (io.err_terminal) options.progress = ShowProgress(io.err, "verified");
  const bool hashes = given.token_file.empty();
  const auto report = hashes ? VerifyTiles(**log, options.progress) : Verify(**log, options);
  if (!report) return FailAway(report.error());
  if (!report->good()) return Fail(ExitCode::kLedger, VerificationWords(*report));
  if (!hashes) {
    if (policy->key && (policy->key->name != report->key.name ||
                        policy->key->public_key != report->key.public_key)) {
      return Fail(ExitCode::kLedger, "The events name another key for checkpoints than --vkey.");
    }
    if (const auto signed_by = CheckNote(*note, {report->key, {}}); !signed_by) {
      return Fail(signed_by.error());
    }
  }
  io.out << fmt::format("The {} of {} {} good: {} events, root {}.\n", hashes ? "tree" : "ledger",
                        checkpoint->origin, "is", report->size, text::ToBase64(report->root));
  if (hashes)
    io.out << "Its events were not read: that takes the token of an auditor "
              "(--token-file).\n";
  if (!policy->key) {
    io.out << (hashes ? "Its signature was not checked: give --vkey, which the ledger's owner can "
                        "tell.\n"
                      : "It is signed by the key that it names itself: give --vkey to be sure "
                        "whose ledger it is.\n");
  }
  return {};
}

CliResult<void> VerifyProof(const VerifyArguments& given, Io& io) {
  auto policy = PolicyOf(given);
  if (!policy) return policy.error();
  auto proof = ReadGiven(given.proof, "--proof");
  if (!proof) return proof.error();
  auto entry = ReadGiven(given.event, "--event");
  if (!entry) return entry.error();
  const auto proved = CheckProof(*proof, *entry, *policy);
  if (!proved) return Fail(proved.error());
  io.out << fmt::format("It is event {}{} of {}, in the ledger of {} events, root {}.\n",
                        proved->sequence, proved->type.empty() ? "" : " (" + proved->type + ")",
                        proved->checkpoint.origin, proved->checkpoint.head.size,
                        text::ToBase64(proved->checkpoint.head.root));
  return {};
}

CliResult<void> VerifyCheckpoints(const VerifyArguments& given, Io& io) {
  auto policy = PolicyOf(given);
  if (!policy) return policy.error();
  std::vector<log::Checkpoint> checkpoints;
  for (const auto& [path, option] :
       {std::pair(given.from, "--from"), std::pair(given.to, "--to")}) {
    auto note = ReadGiven(path, option);
    if (!note) return note.error();
    auto checkpoint = CheckNote(*note, *policy);
    if (!checkpoint) return Fail(ExitCode::kLedger, path + ": " + checkpoint.error().detail + ".");
    checkpoints.push_back(*std::move(checkpoint));
  }
  const auto finish = [&](const log::Log& log) -> CliResult<void> {
    const Status consistent = CheckConsistent(checkpoints[0], checkpoints[1], log);
    if (!consistent) return FailAway(consistent.error());
    io.out << fmt::format("The ledger of {} events is the beginning of that of {} events.\n",
                          checkpoints[0].head.size, checkpoints[1].head.size);
    if (!policy->key) io.out << "Their signatures were not checked: give --vkey.\n";
    return {};
  };
  if (!given.url.empty()) {
    auto log = ConnectTo(given);
    if (!log) return log.error();
    (*log)->Open(checkpoints[1].head);
    return finish(**log);
  }
  if (given.data.empty()) {
    return Fail(ExitCode::kUsage,
                "Where are the tiles between them? Give --url of the server, or --data DIR.");
  }
  const auto data = OpenDataDirectory(given.data, io.err);
  if (!data) return data.error();
  const auto checked =
      OpenCheckedLog(*data, rocks::Resources::Create(), {.mode = log::RocksLog::Mode::kReadOnly});
  if (!checked) return Fail(checked.error());
  return finish(*checked->log);
}

CliResult<void> Run(const VerifyArguments& given, Io& io) {
  if (!given.proof.empty()) return VerifyProof(given, io);
  if (!given.from.empty()) return VerifyCheckpoints(given, io);
  if (!given.url.empty()) return VerifyServed(given, io);
  if (!given.data.empty() && (!given.vkey.empty() || !given.witnesses.empty())) {
    return Fail(ExitCode::kUsage,
                "--vkey and --witness are about checkpoints that others show: give them with "
                "--url, --proof or --from. --data is verified by what is in it.");
  }
  if (!given.data.empty()) return VerifyDirectory(given, io);
  return Fail(ExitCode::kUsage,
              "What is to be verified? Give --data DIR, --url URL, --from F --to F, or --proof F "
              "--event F --vkey V.");
}

void AddServedOptions(CLI::App* verify, const std::shared_ptr<VerifyArguments>& given) {
  CLI::Option* url = verify->add_option(
      "--url", given->url, "Verify a ledger that is served there, by what it shows to everyone");
  CLI::Option* ca = verify->add_option("--ca", given->ca, "CA (PEM) by which to verify the server");
  CLI::Option* fingerprint = verify->add_option("--ca-fingerprint", given->fingerprint,
                                                "The CA's fingerprint, sha256:HEX, instead");
  ca->needs(url)->excludes(fingerprint)->check(CLI::ExistingFile);
  fingerprint->needs(url)->check(CheckFingerprint);
  verify
      ->add_option("--token-file", given->token_file,
                   "Token for all accounts: the events themselves are read and verified, too")
      ->needs(url)
      ->check(CLI::ExistingFile);
}

}  // namespace

void AddVerify(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<VerifyArguments>();
  CLI::App* verify = app.add_subcommand(
      "verify",
      "Check the whole ledger: every hash, the tree, the order of events, and all that must\n"
      "always be true of it; and, while it is not served, whether the projections are what it "
      "adds\n"
      "up to. Works beside a server that is running, and changes nothing. From outside (--url) it\n"
      "needs no directory; a proof that was handed over (--proof) needs no server. Ends with 5 "
      "when\n"
      "what is verified is not good, with 1 when only the projections are not");
  CLI::Option* data = verify->add_option("--data", given->data, "Data directory");
  verify->add_option("--scratch", given->scratch,
                     "Where there is room for the state of a large ledger and for its projections "
                     "meanwhile (the system's directory for temporary files unless given)");
  verify->add_option("--resume", given->resume,
                     "A directory that remembers what has been verified and was good: the next "
                     "time it begins there");
  AddServedOptions(verify, given);
  CLI::Option* proof = verify->add_option("--proof", given->proof,
                                          "The proof of one event: the body of /v1/events/N/proof");
  CLI::Option* event =
      verify->add_option("--event", given->event, "That event: the body of /v1/events/N/entry");
  CLI::Option* from = verify->add_option("--from", given->from, "A checkpoint, earlier");
  CLI::Option* to =
      verify->add_option("--to", given->to,
                         "A checkpoint, later: whether the first is its beginning, by the tiles of "
                         "--url or --data");
  CLI::Option* vkey = verify->add_option(
      "--vkey", given->vkey,
      "Key by which checkpoints must be signed: the vkey of the ledger, or @FILE");
  verify->add_option("--witness", given->witnesses,
                     "Verifier key of a witness that must have cosigned; may be repeated");
  data->excludes("--url");
  proof->needs(event)->needs(vkey)->excludes(data)->excludes("--url")->excludes(from);
  event->needs(proof);
  from->needs(to);
  to->needs(from);
  verify->callback([given, &context] { context.Finish(Run(*given, context.io)); });
}

}  // namespace latchkey::tools
