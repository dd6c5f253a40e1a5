#include "tools/cli/examples.h"

#include <algorithm>
#include <iterator>

namespace latchkey::tools {
namespace {

constexpr Example kExamples[] = {
    {"latchkey", "Make a ledger and serve it", "latchkey serve --data ./ledger"},
    {"latchkey", "In another terminal: open an account",
     "latchkey account open acme --data ./ledger"},
    {"latchkey", "Add a gateway; this shows its key and the command that installs it",
     "latchkey gateway add acme hq-berlin --data ./ledger"},

    {"latchkey serve", "A first ledger, on this machine alone", "latchkey serve --data ./ledger"},
    {"latchkey serve", "For other machines, which know it as ledger.example.com",
     "latchkey serve --data /var/lib/latchkey --management 0.0.0.0:8443 \\\n"
     "    --gateways 0.0.0.0:8444 --name ledger.example.com"},
    {"latchkey serve", "Sign in to the console without a token, once",
     "latchkey serve --data ./ledger --sign-in-link"},
    {"latchkey doctor", "See whether all is well", "latchkey doctor --data ./ledger"},
    {"latchkey doctor", "For monitoring", "latchkey doctor --data ./ledger -o json"},
    {"latchkey accept-time", "The machine was suspended, and its clock is right",
     "latchkey accept-time --data ./ledger"},
    {"latchkey rotate master-key", "After the server has been stopped",
     "latchkey rotate master-key --data ./ledger"},
    {"latchkey rotate ca", "A new CA, which the present one signs",
     "latchkey rotate ca --data ./ledger"},
    {"latchkey rotate ca", "From a ledger's own CA to an intermediate of the company",
     "latchkey rotate ca --data ./ledger --ca-cert ca.pem --ca-key ca-key.pem"},
    {"latchkey rotate ca", "The key of the CA is lost",
     "latchkey rotate ca --lost-key --data ./ledger"},
    {"latchkey replay", "Rebuild the projections of a ledger that is not served",
     "latchkey replay --data ./ledger"},
    {"latchkey replay", "Compare them with a rebuild, without changing anything",
     "latchkey replay --check --data ./ledger"},
    {"latchkey replay", "Look at the ledger as it was after event 1234",
     "latchkey replay --data ./ledger --until 1234 --into ./then"},
    {"latchkey recover", "See what the recovery would drop", "latchkey recover --data ./ledger"},
    {"latchkey recover", "Drop it", "latchkey recover --apply --data ./ledger"},
    {"latchkey backup", "Copy a ledger and its secrets; later backups go to the same directory",
     "latchkey backup /mnt/backup --data ./ledger --passphrase-file ./passphrase"},
    {"latchkey backup", "At most 20 MB a second, beside a server with much to do",
     "latchkey backup /mnt/backup --data ./ledger --rate 20"},
    {"latchkey drill", "Prove that a backup can be restored, beside the running server",
     "latchkey drill --data ./ledger --backup /mnt/backup \\\n"
     "    --passphrase-file passphrase"},
    {"latchkey restore", "Make a data directory from a backup",
     "latchkey restore /mnt/backup --data ./restored \\\n"
     "    --passphrase-file ./passphrase"},
    {"latchkey restore", "What is intact of a ledger that has lost its end",
     "latchkey restore ./ledger --data ./ledger-restored"},
    {"latchkey verify", "Check a ledger, served or not", "latchkey verify --data ./ledger"},
    {"latchkey compare", "See where two copies of a ledger part",
     "latchkey compare ./ledger ./restored"},
    {"latchkey compare", "For a program", "latchkey compare ./ledger ./restored -o json"},

    {"latchkey account open", "Open an account for a tenant",
     "latchkey account open acme --data ./ledger"},
    {"latchkey account list", "List the accounts", "latchkey account list --data ./ledger"},
    {"latchkey gateway add", "Add a gateway to the account acme",
     "latchkey gateway add acme hq-berlin --data ./ledger"},
    {"latchkey gateway add", "A secondary, whose key must be used within a day",
     "latchkey gateway add acme hq-2 --primary acme/hq-berlin --expires 1d \\\n"
     "    --data ./ledger"},
    {"latchkey gateway add", "One for each line of a file, with their keys for a spreadsheet",
     "latchkey gateway add acme --from names.txt -o csv --data ./ledger"},
    {"latchkey gateway list", "The gateways of all accounts",
     "latchkey gateway list --data ./ledger"},
    {"latchkey gateway list", "Those of one account that are silent",
     "latchkey gateway list acme --status red --data ./ledger"},
    {"latchkey gateway list", "Those with a label, for a spreadsheet",
     "latchkey gateway list --label site:Lyon -o csv --data ./ledger"},
    {"latchkey gateway show", "By account and name",
     "latchkey gateway show acme/hq-berlin --data ./ledger"},
    {"latchkey gateway show", "By id, for a program",
     "latchkey gateway show gw_00000001 -o json --data ./ledger"},
    {"latchkey gateway rename", "Give it another name",
     "latchkey gateway rename acme/hq-berlin hq-hamburg --data ./ledger"},
    {"latchkey gateway label", "Set two labels and remove a third",
     "latchkey gateway label acme/hq-berlin site:Berlin tier:1 --remove old \\\n"
     "    --data ./ledger"},
    {"latchkey gateway note", "Write down what the next person should know",
     "latchkey gateway note acme/hq-berlin 'by the door' --data ./ledger"},
    {"latchkey gateway remove", "Remove a gateway; it asks before it does",
     "latchkey gateway remove acme/hq-berlin --data ./ledger"},
    {"latchkey gateway deregister", "End the identity of a machine that was stolen",
     "latchkey gateway deregister acme/hq-berlin --reason stolen --data ./ledger"},
    {"latchkey key show", "Show the key again", "latchkey key show acme/hq-berlin --data ./ledger"},
    {"latchkey key generate", "Another key after a failed installation",
     "latchkey key generate acme/hq-berlin --data ./ledger"},
    {"latchkey key generate", "A key with which a new machine replaces the old one",
     "latchkey key generate acme/hq-berlin --replace --data ./ledger"},
    {"latchkey key generate", "A key for each gateway of a list",
     "latchkey key generate --from gateways.csv --yes -o csv --data ./ledger"},
    {"latchkey key revoke", "Revoke a key that was sent to the wrong person",
     "latchkey key revoke acme/hq-berlin --data ./ledger"},
    {"latchkey token create", "For a colleague who works with one account",
     "latchkey token create anna --role operator --account acme --data ./ledger"},
    {"latchkey token create", "For a program, into a file",
     "latchkey token create ci --role auditor --out ci-token --data ./ledger"},
    {"latchkey token list", "List the tokens", "latchkey token list --data ./ledger"},
    {"latchkey token rotate", "A new secret for a token, into its file",
     "latchkey token rotate tok_00000002 --out ci-token --data ./ledger"},
    {"latchkey token revoke", "End the token of somebody who has left",
     "latchkey token revoke tok_00000002 --data ./ledger"},
    {"latchkey registrations list", "What waits for acceptance after a restore",
     "latchkey registrations list --restored --data ./ledger"},
    {"latchkey registrations accept", "All of an account",
     "latchkey registrations accept --account acme --data ./ledger"},
    {"latchkey whoami", "On the machine of the server", "latchkey whoami --data ./ledger"},
    {"latchkey whoami", "From elsewhere",
     "latchkey whoami --url https://ledger.example.com:8443 --token-file ci-token"},
    {"latchkey history", "What happened to one gateway since a day",
     "latchkey history --gateway acme/hq-berlin --since 2026-03-01 --data ./ledger"},
    {"latchkey history", "Watch what happens", "latchkey history --follow --data ./ledger"},
    {"latchkey history", "The newest events, for a program",
     "latchkey history --newest 100 -o json --data ./ledger"},

    {"latchkey register", "Register this machine; it asks for the key",
     "latchkey register --url https://ledger.example.com:8444 --ca ca.pem"},
    {"latchkey register", "With the key in a file, and start the gateway",
     "latchkey register --url https://ledger.example.com:8444 --ca ca.pem \\\n"
     "    --key-file key.txt --run 'systemctl start gateway'"},

    {"latchkey check-in", "Show the server once that the gateway is alive",
     "latchkey check-in --dir ./gateway"},
    {"latchkey agent", "Keep a gateway green whose own software does not check in",
     "latchkey agent --dir ./gateway"},
    {"latchkey deregister", "Before a gateway is uninstalled; it asks before it does",
     "latchkey deregister --dir ./gateway"},
    {"latchkey deregister", "From a script",
     "latchkey deregister --dir ./gateway --reason uninstalled --yes"},
    {"latchkey help", "The help of a command", "latchkey help gateway add"},
    {"latchkey help", "How a command finds its server", "latchkey help connection"},
    {"latchkey help", "The manual pages, for a package", "latchkey help --man ./man"},
    {"latchkey completion", "The script for bash, to look at", "latchkey completion bash"},
    {"latchkey bench", "See in seconds that it works", "latchkey bench --quick"},
};

}  // namespace

std::vector<Example> ExamplesOf(std::string_view command) {
  std::vector<Example> found;
  std::copy_if(std::begin(kExamples), std::end(kExamples), std::back_inserter(found),
               [&](const Example& example) { return example.command == command; });
  return found;
}

}  // namespace latchkey::tools
