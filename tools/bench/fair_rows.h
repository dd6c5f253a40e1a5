// The dearest requests of each route, with which `bench fair` drives a server.
#pragma once

#include <span>
#include <string_view>

namespace latchkey::tools {

// In `target` and `body`, {account} is an account of many gateways; {gateway} is another of its
// gateways each time, {doomed} another one that may be removed; {token} is the id of a token
// and {secret} another token; {key} is a spent key and {redemption} the body that redeems it;
// {first} is the position of the first event; {n} is another number each time.
struct FairRow {
  std::string_view route;  // as in the tables of routes: "GET /v1/accounts"
  std::string_view target;
  std::string_view body{};
  bool stream = false;  // its answer does not end: each request takes a connection of its own
};

// All routes of a listener have at least one row, and every row has its route; test_bench checks
// it. The last rows of each listener are of no route.
std::span<const FairRow> FairManagementRows();
std::span<const FairRow> FairGatewayRows();

inline constexpr std::string_view kNoRoute = "no route";

}  // namespace latchkey::tools
