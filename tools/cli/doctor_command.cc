// latchkey doctor: one line for each check, and what to do where it is not well.
#include <algorithm>
#include <memory>
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include "core/base/printable.h"
#include "tools/cli/ca_files.h"
#include "tools/cli/commands.h"
#include "tools/client/json.h"
#include "tools/client/table.h"
#include "tools/doctor/doctor.h"
#include "tools/ledger/secret_files.h"

namespace latchkey::tools {
namespace {

struct DoctorArguments {
  std::string data;
  CaFiles ca;
  std::string output = "table";
};

const char* NameOf(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarn:
      return "warn";
    case Health::kFail:
      return "fail";
  }
  return "";
}

void Print(const Findings& findings, Io& io) {
  for (const Finding& finding : findings) {
    const Colour colour = finding.health == Health::kOk     ? Colour::kGreen
                          : finding.health == Health::kFail ? Colour::kRed
                                                            : Colour::kNone;
    const std::string name = fmt::format("{:<4}", NameOf(finding.health));
    io.out << fmt::format("{}  {:<14}  {}\n", Paint({name, colour}, io.colours), finding.check,
                          text::Printable(finding.words));
  }
}

void PrintJson(const Findings& findings, bool well, Io& io) {
  boost::json::array checks;
  for (const Finding& finding : findings) {
    checks.push_back(
        {{"check", finding.check}, {"result", NameOf(finding.health)}, {"detail", finding.words}});
  }
  io.out << JsonText(boost::json::object{{"well", well}, {"checks", checks}}) << '\n';
}

CliResult<void> Doctor(const DoctorArguments& given, Io& io) {
  const Findings findings =
      Examine({.data = given.data, .credentials = CredentialsDirectory(), .ca = given.ca});
  const auto ill = std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.health != Health::kOk;
  });
  if (given.output == "json") {
    PrintJson(findings, ill == 0, io);
  } else {
    Print(findings, io);
  }
  if (ill == 0) return {};
  return Fail(ExitCode::kFailed,
              fmt::format("{} of {} checks say what to do.", ill, findings.size()));
}

}  // namespace

void AddDoctor(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<DoctorArguments>();
  CLI::App* doctor = app.add_subcommand(
      "doctor",
      "Check a data directory, its server and its machine. It prints a line\n"
      "for each check, with what to do where that is not ok; it changes nothing, and works while\n"
      "the ledger is served and while it is not. Ends with 1 when there is something to do");
  doctor->add_option("--data", given->data, "Data directory")->required();
  AddCaFiles(doctor, &given->ca, "--", kSameCaHelp);
  doctor->add_option("-o,--output", given->output, "The form of the result")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  doctor->callback([given, &context] { context.Finish(Doctor(*given, context.io)); });
}

}  // namespace latchkey::tools
