// The route tables and api/openapi.yaml name the same operations; the embedded contract is that
// file.
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/handlers/openapi_text.h"
#include "api/router.h"
#include "core/base/error.h"
#include "tests/support/openapi.h"

namespace latchkey::testing {

namespace {

TEST(RoutesTest, AreThoseOfTheContract) {
  std::set<Operation> served;
  for (const auto& [route, handler] : api::ManagementRoutes()) {
    served.insert({Listener::kManagement, std::string(api::MethodName(route.method)),
                   std::string(route.pattern)});
  }
  for (const auto& [route, handler] : api::GatewayRoutes()) {
    served.insert({Listener::kGateways, std::string(api::MethodName(route.method)),
                   std::string(route.pattern)});
  }
  const std::vector<Operation> described = OpenApi::Instance().Operations();
  EXPECT_EQ(served.size(), described.size());
  EXPECT_THAT(described, ::testing::UnorderedElementsAreArray(served));
}

TEST(RoutesTest, TheContractIsEmbeddedAsItIs) {
  std::ostringstream text;
  text << std::ifstream(std::string(LATCHKEY_SOURCE_DIR) + "/api/openapi.yaml").rdbuf();
  EXPECT_EQ(api::OpenApiText(), text.str());
}

TEST(RoutesTest, EveryCodeThatCanBeAnsweredIsDescribed) {
  std::set<std::string> described = {"method_not_allowed"};  // of no operation, by its nature
  for (const Listed& listed : OpenApi::Instance().AllListed()) described.insert(listed.code);
  for (int code = 0; code < static_cast<int>(ErrorCode::kInUse); ++code) {
    EXPECT_TRUE(described.contains(std::string(CodeName(static_cast<ErrorCode>(code)))))
        << CodeName(static_cast<ErrorCode>(code));
  }
}

}  // namespace
}  // namespace latchkey::testing
