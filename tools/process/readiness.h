// Tells the service manager that started this process that it is ready, by systemd's notification
// protocol: one datagram to the socket that $NOTIFY_SOCKET names.
#pragma once

namespace latchkey::tools {

// Does nothing where no manager asked for it. Does not block; a manager that cannot be told ends
// its own wait as it sees fit.
void TellReady();

}  // namespace latchkey::tools
