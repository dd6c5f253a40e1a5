// The help of commands and topics, as wide as the terminal.
#pragma once

#include <cstddef>
#include <string>

#include <CLI/CLI.hpp>

#include "tools/cli/topics.h"

namespace latchkey::tools {

class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::size_t columns) : columns_(columns) {}

  std::string make_help(const CLI::App* command, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  std::size_t columns_;
};

std::string TopicText(const CLI::App& program, const Topic& topic, std::size_t columns);

}  // namespace latchkey::tools
